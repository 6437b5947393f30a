// The door of deploy: a machine's operating system, from the list of its packages to what boots.

export { hostArchitecture, requireDiskArchitecture } from './architecture.ts';
export { deployErrors } from './errors.ts';
export {
  type BuiltExtension,
  buildExtension,
  type ExtensionOptions,
  extensionTools,
} from './extension/build.ts';
export { readImageDefinition } from './image/definition.ts';
export { type Artifact, type BuiltImage, buildImage, type ImageOptions } from './image/image.ts';
export { layOut, numberOf } from './image/layout.ts';
export { type Compression, type ImageFormat, imageFormats } from './image/model.ts';
export type { ReleaseOptions, ReleaseRules } from './image/release.ts';
export { imageTools } from './image/tools.ts';
export { bringsBootSectors, provideBootSectors } from './install/boot-sectors.ts';
export { type DiskDescription, describeDisk } from './install/contents.ts';
export { checkTarget, type Installed, type InstallStep, install, installSteps } from './install/install.ts';
export { type OpenSource, openImage, openRelease, openRunning, runningSystem } from './install/source.ts';
export { packagesIn, type TreeOptions } from './tree/debian-tree.ts';
export { type Definition, type DefinitionOptions, readDefinition } from './tree/definition.ts';
export { type InTreeOptions, runInTree } from './tree/in-tree.ts';
export { compareListings, type Listing, listTree } from './tree/listing.ts';
export { provideRootTree, type RootTree, type RootTreeOptions } from './tree/root-tree.ts';
export { type TarballOptions, writeTarball } from './tree/tarball.ts';
export { treeTools } from './tree/tools.ts';
export type { UpdateDefaults, UpdateKey } from './tree/update-files.ts';
export { provideUsrTree, type UsrTree, type UsrTreeOptions } from './tree/usr-tree.ts';
