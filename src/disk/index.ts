// The door of disk: partition tables, a root that grows, a sealed /usr, slots and boot entries.

export { diskErrors } from './errors.ts';
export { type GrowOptions, type GrowTarget, grow, type HalfOutcome, sizeText } from './grow/index.ts';
export { formatGrubEnv, parseGrubEnv, readGrubEnv } from './grubenv.ts';
export { type PartitionLabel, partitionLabels, type Slot } from './model.ts';
export { isReadOnly, type Mount, mountAt, mountOf, parseMountInfo } from './mount-info.ts';
export {
  dumpPartitionTable,
  type Partition,
  type PartitionTable,
  readPartitionTable,
  refreshPartition,
  resizePartition,
  setPartitionUuid,
  writePartitionTable,
} from './partition-table.ts';
export { type ChunkIndex, maxIndexBytes, parseChunkIndex } from './release/chunk-index.ts';
export { chunkDigest, indexFile } from './release/chunker.ts';
export {
  type BlockHashes,
  type Comparison,
  compareFile,
  openSources,
  type Source,
} from './release/compare.ts';
export {
  type ByteRange,
  fetchRanges,
  joinPieces,
  type Piece,
  type Pieces,
  type Place,
  rangeBytes,
} from './release/difference.ts';
export { differenceOf, type PartDifference, type ReleaseDifference } from './release/folders.ts';
export { maxChunkBytes } from './release/gear.ts';
export { HashThreads, someAtOnce } from './release/hash-threads.ts';
export {
  keyId,
  newKeyPair,
  parsePrivateKey,
  parsePublicKey,
  publicPem,
  readPrivateKey,
  readTrustedKeys,
  type TrustedKey,
  trustedKeyFolders,
} from './release/keys.ts';
export { isTime, maxManifestBytes, parseManifest } from './release/manifest.ts';
export {
  filesOf,
  isExtensionName,
  manifestFile,
  type ReleaseFile,
  type ReleaseIndex,
  type ReleaseManifest,
  type ReleasePart,
  signatureFile,
  ukiOf,
} from './release/model.ts';
export { checkAgainstTree } from './release/read-back.ts';
export { checkIndex, indexRelease, signRelease, verifySignature } from './release/sign.ts';
export {
  checkSignatures,
  maxSignatureFileBytes,
  parseSignatures,
  type SignatureVerdict,
} from './release/signature.ts';
export { openCommand } from './seal/open.ts';
export { writerLines } from './seal/refusals.ts';
export { readSeal, type SealReport } from './seal/report.ts';
export { checkOpenable, closeUsr, openUsr, type SealOptions, sealUsr, unsealUsr } from './seal/seal.ts';
export type { SealKind } from './seal/state.ts';
export { startupScript, startupScriptText } from './slots/boot-partition.ts';
export { bothLoaders } from './slots/both-loaders.ts';
export {
  extensionFolder,
  extensionFolders,
  extensionLoader,
  extensionStorage,
  initExtension,
  mergedVersion,
  type TakenExtension,
  takenExtension,
  takenExtensions,
} from './slots/extension.ts';
export { gptPriority, grub, layGrubSlot } from './slots/grub.ts';
export {
  bootDiskKey,
  defaultTries,
  grubConfig,
  grubPaths,
  grubSlotConfig,
  grubSlotFiles,
  grubVariables,
  kexecWord,
  trialWord,
} from './slots/grub-config.ts';
export { type InitOptions, initPlainFolder } from './slots/init.ts';
export { type LocateOptions, locateSlots, machineArchitecture, slotsWord } from './slots/locate.ts';
export { type SlotHost, slotManager } from './slots/manager.ts';
export type {
  BootEntry,
  BootLoader,
  FailedVersion,
  LoaderView,
  RunningFiles,
  SlotInfo,
  SlotKernel,
  SlotManager,
  SlotState,
  SlotStatus,
  SlotStorage,
  SlotWriteOptions,
  StreamedRelease,
} from './slots/model.ts';
export { partitionStorage } from './slots/partition-storage.ts';
export { fileStorage, makePlainFolder, plainFiles, takeTry } from './slots/plain-files.ts';
export { type SlotToBoot, takeSlot } from './slots/plain-take.ts';
export { type WriteStepName, writeStepNames } from './slots/plan.ts';
export { checkRelease, checkTree, readRelease } from './slots/release.ts';
export { systemdBoot } from './slots/systemd-boot.ts';
export { compareVersions, isVersion } from './slots/version.ts';
export {
  cmdlineValue,
  extractSection,
  hashSection,
  parseOsRelease,
  readUki,
  type Uki,
  type UkiParts,
  type UkiSectionName,
  writeUki,
} from './uki.ts';
export {
  formatVerity,
  isRootHash,
  type SlotPartitionIds,
  type VerityCheck,
  type VerityFormat,
  verifyVerity,
  verityPartitionIds,
} from './verity.ts';
