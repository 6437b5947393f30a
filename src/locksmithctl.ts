// locksmithctl: manages the cluster wide reboot lock.

const { main } = await import('./locksmith/ctl/main.ts');
process.exitCode = await main(process.argv.slice(2));
