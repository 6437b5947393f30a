// How the engine is called on the system bus. The first interface is Container Linux's and stays as it is; the other
// is ours.

export const busName = 'com.coreos.update1';
export const busPath = '/com/coreos/update1';
export const managerInterface = 'com.coreos.update1.Manager';
export const detailInterface = 'org.keelson.Update1';
export const statusSignature = 'xdssx';
