// Documents as the field's programs write them.

export const appId = '{e96281a6-d1af-4bde-9a0a-97b76e56dc57}';

/** update_engine of Flatcar, a check after an update. */
export const updateEngineCheck = `<?xml version="1.0" encoding="UTF-8"?>
<request protocol="3.0" version="update_engine-0.4.10" updaterversion="update_engine-0.4.10" installsource="scheduler" ismachine="1">
    <os version="Chateau" platform="CoreOS" sp="1911.3.0_x86_64"></os>
    <app appid="${appId}" version="1911.3.0" track="stable" bootid="{965fb4c5-ad3e-4eb7-a4c2-ca0c0e31ec84}" oem="ami" oemversion="0.1.1-r1" alephversion="1688.5.3" machineid="abce671d61774703ac7be60715220bfe" machinealias="" lang="en-US" board="amd64-usr" hardware_class="" delta_okay="false" >
        <ping active="1"></ping>
        <updatecheck></updatecheck>
        <event eventtype="3" eventresult="2" previousversion="1855.4.0"></event>
    </app>
</request>
`;

/** update_engine of Container Linux: no alias. */
export const containerLinuxCheck = updateEngineCheck
  .replace(' machinealias=""', '')
  .replace('previousversion="1855.4.0"', 'previousversion=""');

export const rollbackCheck = updateEngineCheck.replace(
  'eventresult="2" previousversion="1855.4.0"',
  'eventresult="0" errorcode="44"',
);

const withoutBody = (children: string) =>
  updateEngineCheck.replace(/ {8}<ping[\s\S]*<\/event>\n/, children.replace(/^(?=.)/gm, '        '));

export const pingOnly = withoutBody('<ping active="1"></ping>\n');

export const eventOnly = (type: number, result: number, code?: number): string =>
  withoutBody(
    `<event eventtype="${type}" eventresult="${result}"${code === undefined ? '' : ` errorcode="${code}"`}></event>\n`,
  );

/** What a machine that booted over the network sends every 41 minutes, by a shell script: one event. */
export const pxeStub = `<?xml version="1.0" encoding="UTF-8"?>
<request protocol="3.0" version="CoreOSUpdateEngine-0.1.0.0" updaterversion="CoreOSUpdateEngine-0.1.0.0" installsource="scheduler" ismachine="1">
<os version="Chateau" platform="CoreOS" sp="1911.3.0"></os>
<app appid="${appId}" oem="diskless" version="1911.3.0" track="stable" bootid="{965fb4c5-ad3e-4eb7-a4c2-ca0c0e31ec84}" machineid="abce671d61774703ac7be60715220bfe" machinealias="" lang="en-US" hardware_class="" delta_okay="false"  >
<event eventtype="3" eventresult="2" previousversion=""></event>
</app>
</request>`;

/** The same machine by a stub that asks as well. */
export const askingStub = pxeStub.replace(
  '<event',
  '<ping active="1"></ping>\n<updatecheck></updatecheck>\n<event',
);

/** go-omaha's client: no layout at all. */
export const goOmahaCheck = `<request protocol="3.0" version="go-omaha" sessionid="{965fb4c5-ad3e-4eb7-a4c2-ca0c0e31ec84}" userid="abce671d61774703ac7be60715220bfe" installsource="ondemandupdate"><os platform="linux" arch="x64"></os><app appid="e96281a6-d1af-4bde-9a0a-97b76e56dc57" version="0.0.0" track="beta" bootid="{965fb4c5-ad3e-4eb7-a4c2-ca0c0e31ec84}" machineid="abce671d61774703ac7be60715220bfe"><ping active="1"></ping><updatecheck></updatecheck></app></request>`;

/** go-omaha's client with the event that it sends along with each check. */
export const goOmahaComplete = goOmahaCheck.replace(
  '<updatecheck></updatecheck>',
  '<updatecheck></updatecheck><event eventtype="3" eventresult="2"></event>',
);

/** ue-rs: no boot id, no board, no ping; it asks on demand, in a word of its own. */
export const ueRsCheck = `<request protocol="3.0" version="ue-rs-0.0.0" updaterversion="ue-rs-0.0.0" installsource="ondemand" ismachine="1"><os platform="CoreOS" version="Chateau" sp="3340.0.0+nightly-20220823-2100_x86_64"/><app appid="${appId}" version="3340.0.0+nightly-20220823-2100" track="stable" machineid="abce671d61774703ac7be60715220bfe"><updatecheck/></app></request>`;

/** Nebraska asking another Nebraska. */
export const syncerCheck = `<?xml version="1.0" encoding="UTF-8"?>
<request protocol="3.0" version="CoreOSUpdateEngine-0.1.0.0" installsource="scheduler"><os platform="CoreOS" version="Chateau" sp="1967.3.0_x86_64"></os><app appid="${appId}" version="1967.3.0" track="alpha" bootid="{03fe1c6d-4a1e-4d6a-8d5d-59fcf4d1a8f0}" machineid="{03fe1c6d-4a1e-4d6a-8d5d-59fcf4d1a8f0}" board="arm64-usr" multi_manifest_ok="true"><updatecheck></updatecheck></app></request>`;

/** updateservicectl instance fake. */
export const fakeInstance = `<request protocol="3.0" version="" ismachine="1"><os platform="" version="" sp=""></os><app appid="${appId}" version="522.6.0" track="5b810680-e36a-4879-b98a-4f989e80b899" bootid="{deadbeef-0000-0000-0000-000000000001}" machineid="{deadbeef-0000-0000-0000-000000000001}" oem="fakeclient" lang="en-US" board="amd64-usr" delta_okay="false"><ping active="1"></ping><updatecheck></updatecheck><event eventtype="3" eventresult="2" previousversion=""></event></app></request>`;

/** Chrome OS, whose protocol it was. */
export const chromeOsCheck = `<?xml version="1.0" encoding="UTF-8"?>
<request protocol="3.0" version="ChromeOSUpdateEngine-0.1.0.0" updaterversion="ChromeOSUpdateEngine-0.1.0.0" installsource="ondemandupdate" ismachine="1">
<os version="Indy" platform="Chrome OS" sp="ForcedUpdate_x86_64"></os>
<app appid="{87efface-864d-49a5-9bb3-4b050a7c227a}" bootid="{7D52A1CC-7066-40F0-91C7-7CB6A871BFDE}" machineid="{8BDE4C4D-9083-4D61-B41C-3253212C0C37}" oem="ec3000" version="ForcedUpdate" track="dev-channel" from_track="developer-build" lang="en-US" board="amd64-generic" hardware_class="" delta_okay="false" >
<ping active="1" a="-1" r="-1"></ping>
<updatecheck targetversionprefix=""></updatecheck>
<event eventtype="3" eventresult="2" previousversion=""></event>
</app>
</request>
`;

const sha256 = 'LPlUSP4RfHKCzjaBOqpBwUlQF9dpFnCAS7/0mYrUBvE=';

/** Nebraska, an update with mirrors. */
export const nebraskaUpdate = `<?xml version="1.0" encoding="UTF-8"?>
<response protocol="3.0" server="nebraska"><daystart elapsed_seconds="0"></daystart><app appid="${appId}" status="ok"><ping status="ok"></ping><updatecheck status="ok"><urls><url codebase="https://mirror.example/amd64-usr/1967.3.0/"></url><url codebase="http://mirror.example/amd64-usr/1967.3.0"></url></urls><manifest version="1967.3.0"><packages><package name="update.gz" hash="+LXvjiaPkeYDLHoNKlf9qbJwvnk=" size="382137917" required="true"></package><package name="oem-ami.gz" hash="" size="1024" required="false" hash_sha256="00ff"></package></packages><actions><action event="postinstall" sha256="${sha256}" DisablePayloadBackoff="true"></action></actions></manifest></updatecheck><event status="ok"></event></app></response>`;

export const nebraskaNoUpdate = `<?xml version="1.0" encoding="UTF-8"?>
<response protocol="3.0" server="nebraska"><daystart elapsed_seconds="0"></daystart><app appid="${appId}" status="ok"><ping status="ok"></ping><updatecheck status="noupdate"></updatecheck><event status="ok"></event></app></response>`;

export const nebraskaRefusal = `<?xml version="1.0" encoding="UTF-8"?>
<response protocol="3.0" server="nebraska"><daystart elapsed_seconds="0"></daystart><app appid="${appId}" status="error-maxConcurrentUpdatesLimitReached"><ping status="ok"></ping><updatecheck status="error-internal"></updatecheck></app></response>`;

/** CoreUpdate, which says no word to an event. */
export const coreUpdateEvent = `<?xml version="1.0" encoding="UTF-8"?>
<response protocol="3.0" server="update.core-os.net"><daystart elapsed_seconds="0"></daystart><app appid="${appId}" status="ok"></app></response>`;

/** CoreUpdate's own order of attributes, and hex where others have base64. */
export const coreUpdateUpdate = `<?xml version="1.0" encoding="UTF-8"?>
<response protocol="3.0" server="update.core-os.net">
 <daystart elapsed_seconds="0"></daystart>
 <app appid="e96281a6-d1af-4bde-9a0a-97b76e56dc57" status="ok">
  <updatecheck status="ok">
   <urls>
    <url codebase="https://commondatastorage.googleapis.com/update-storage.core-os.net/amd64-usr/1068.6.0/"></url>
   </urls>
   <manifest version="1068.6.0">
    <packages>
     <package hash="d1a0d0f5a3b0d0ad9c8a3e4e9c9a7d1b8a0b4c5d" name="update.gz" size="212555113" required="false"></package>
    </packages>
    <actions>
     <action event="postinstall" sha256="${sha256}" needsadmin="false" IsDelta="false" DisablePayloadBackoff="true"></action>
    </actions>
   </manifest>
  </updatecheck>
 </app>
</response>`;

/** Google's, as Chrome OS got it. */
export const googleUpdate = `<?xml version="1.0" encoding="UTF-8"?>
<response protocol="3.0" server="prod"><daystart elapsed_seconds="49008"/><app appid="{87efface-864d-49a5-9bb3-4b050a7c227a}" status="ok"><ping status="ok"/><updatecheck status="ok" PollInterval="7200"><urls><url codebase="http://kam:8080/static/"/></urls><manifest version="9999.0.0"><packages><package hash="+LXvjiaPkeYDLHoNKlf9qbJwvnk=" name="update.gz" size="67546213"
required="true"/></packages><actions><action event="update" run="x"/><action event="postinstall"
ChromeOSVersion="9999.0.0"
sha256="${sha256}"
needsadmin="false"
IsDelta="True" IsDeltaPayload="True" MaxFailureCountPerUrl="0" Prompt="true" deadline="now" MoreInfo="https://example/" MetadataSize="12345" MetadataSignatureRsa="abcd"
/></actions></manifest></updatecheck></app></response>
`;

export const requests = {
  ...{ updateEngineCheck, containerLinuxCheck, rollbackCheck, pingOnly, pxeStub, askingStub },
  ...{ goOmahaCheck, goOmahaComplete, ueRsCheck, syncerCheck, fakeInstance, chromeOsCheck },
};

export const answers = {
  ...{ nebraskaUpdate, nebraskaNoUpdate, nebraskaRefusal },
  ...{ coreUpdateEvent, coreUpdateUpdate, googleUpdate },
};
