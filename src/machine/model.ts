// What keelson is made of on a machine. Types only.

/** A file of a home folder, by its path in it. */
export interface HomeFile {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Set when it is a symbolic link: where it points. */
  readonly link?: string;
}

/** keelson's own files: a checkout that has been bundled, or /usr/lib/keelson of an installed machine. */
export interface Home {
  readonly directory: string;
  readonly version: string;
  /** In Debian's words: amd64, arm64. */
  readonly architecture: string;
  /** Sorted by path. */
  readonly files: readonly HomeFile[];
}

/** Where the bytes of an entry come from. */
export type PayloadSource =
  /** A file of the home folder; the runtime loses its symbol table on the way. */
  | { readonly kind: 'file'; readonly path: string; readonly strip?: boolean }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly to: string };

/** One file that keelson puts on a machine. */
export interface PayloadEntry {
  readonly source: PayloadSource;
  /** Absolute path on the machine. */
  readonly target: string;
  readonly mode: number;
}

/** An entry whose content is known. */
export interface StagedEntry {
  readonly target: string;
  readonly mode: number;
  readonly content:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'link'; readonly to: string };
  readonly sha256: string;
  readonly bytes: number;
}
