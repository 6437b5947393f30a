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
export { openCommand } from './seal/open.ts';
export { writerLines } from './seal/refusals.ts';
export { readSeal, type SealReport } from './seal/report.ts';
export { checkOpenable, closeUsr, openUsr, type SealOptions, sealUsr, unsealUsr } from './seal/seal.ts';
export type { SealKind } from './seal/state.ts';
export { startupScript, startupScriptText } from './slots/boot-partition.ts';
export { bothLoaders } from './slots/both-loaders.ts';
export { grub, layGrubSlot } from './slots/grub.ts';
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
export { type LocateOptions, locateSlots } from './slots/locate.ts';
export { type SlotHost, slotManager } from './slots/manager.ts';
export type {
  BootEntry,
  BootLoader,
  FailedVersion,
  LoaderView,
  SlotInfo,
  SlotKernel,
  SlotManager,
  SlotState,
  SlotStatus,
  SlotStorage,
  SlotWriteOptions,
} from './slots/model.ts';
export { partitionStorage } from './slots/partition-storage.ts';
export { fileStorage, makePlainFolder, plainFiles, takeTry } from './slots/plain-files.ts';
export { type WriteStepName, writeStepNames } from './slots/plan.ts';
export {
  checkRelease,
  parseManifest,
  type ReleaseFile,
  type ReleaseManifest,
  readRelease,
} from './slots/release.ts';
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
