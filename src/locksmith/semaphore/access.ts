// How etcd is reached, as the settings say. Types only.

export interface EtcdAccess {
  readonly endpoints: readonly string[];
  /** Paths of PEM files; each counts by itself. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly user?: string;
  readonly password?: string;
}
