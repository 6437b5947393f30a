// Generated from cloud-config/schema.json by build/generate.ts.
// @ts-nocheck
"use strict";
export const validate = validate10;
export default validate10;
const schema11 = {"$schema":"http://json-schema.org/draft-07/schema#","title":"cloud-config","description":"A machine's first configuration. In every key `-` may be written for `_`.","type":"object","additionalProperties":false,"properties":{"hostname":{"description":"The machine's name.","type":["string","number","boolean"]},"ssh_authorized_keys":{"description":"Public keys that may log in as the user core.","type":["array","string"],"items":{"type":["string","number","boolean"]}},"users":{"description":"Users to make or to complete.","type":"array","items":{"description":"One user.","type":"object","additionalProperties":false,"properties":{"name":{"description":"The user's name.","type":["string","number","boolean"]},"passwd":{"description":"A password hash as in /etc/shadow (mkpasswd -m yescrypt); also set when the user exists.","type":["string","number","boolean"]},"gecos":{"description":"The user's full name or comment.","type":["string","number","boolean"]},"homedir":{"description":"The home directory. Default /home/NAME.","type":["string","number","boolean"]},"no_create_home":{"description":"Do not make the home directory.","type":"boolean"},"primary_group":{"description":"The group the user belongs to first; it must exist.","type":["string","number","boolean"]},"groups":{"description":"Further groups, as a list or separated by commas.","type":["array","string"],"items":{"type":["string","number","boolean"]}},"no_user_group":{"description":"Do not make a group of the user's name.","type":"boolean"},"system":{"description":"Make a system user: a low id, no expiry.","type":"boolean"},"no_log_init":{"description":"Do not add the user to lastlog and faillog.","type":"boolean"},"shell":{"description":"The login shell.","type":["string","number","boolean"]},"ssh_authorized_keys":{"description":"Public keys that may log in as this user.","type":["array","string"],"items":{"type":["string","number","boolean"]}},"coreos_ssh_import_github":{"description":"Not supported any more.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"imports keys over the network; give them in ssh_authorized_keys"},"coreos_ssh_import_url":{"description":"Not supported any more.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"imports keys over the network; give them in ssh_authorized_keys"},"coreos_ssh_import_github_users":{"description":"Not supported any more.","type":"array","items":{"type":["string","number","boolean"]},"deprecated":true,"x-deprecated":"imports keys over the network; give them in ssh_authorized_keys"}},"required":["name"]}},"write_files":{"description":"Files to write.","type":"array","items":{"description":"One file.","type":"object","additionalProperties":false,"properties":{"path":{"description":"Absolute path of the file; parent directories are made as needed.","type":["string","number","boolean"]},"content":{"description":"What the file shall hold.","type":["string","number","boolean"]},"encoding":{"description":"How content is packed. gzip alone is for !!binary.","enum":["base64","b64","gz","gzip","gz+base64","gzip+base64","gz+b64","gzip+b64"]},"permissions":{"description":"Mode in octal, quoted or not: \"0644\". Default 0644.","type":["string","integer"],"pattern":"^0?[0-7]{3,4}$"},"owner":{"description":"USER, USER:GROUP or :GROUP, names or numbers. Default root:root.","type":["string","number","boolean"]}},"required":["path"]}},"manage_etc_hosts":{"description":"localhost: the machine's own name resolves to the loopback address.","enum":["localhost"]},"coreos":{"description":"What belongs to the host layer.","type":"object","additionalProperties":false,"properties":{"etcd":{"description":"etcd 0.4, as environment of etcd.service.","type":"object","additionalProperties":false,"properties":{"addr":{"description":"Becomes ETCD_ADDR in the environment of etcd.service.","type":["string","number","boolean"]},"advertise_client_urls":{"description":"Becomes ETCD_ADVERTISE_CLIENT_URLS in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"bind_addr":{"description":"Becomes ETCD_BIND_ADDR in the environment of etcd.service.","type":["string","number","boolean"]},"ca_file":{"description":"Becomes ETCD_CA_FILE in the environment of etcd.service.","type":["string","number","boolean"]},"cert_file":{"description":"Becomes ETCD_CERT_FILE in the environment of etcd.service.","type":["string","number","boolean"]},"cluster_active_size":{"description":"Becomes ETCD_CLUSTER_ACTIVE_SIZE in the environment of etcd.service.","type":"integer"},"cluster_remove_delay":{"description":"Becomes ETCD_CLUSTER_REMOVE_DELAY in the environment of etcd.service.","type":"number"},"cluster_sync_interval":{"description":"Becomes ETCD_CLUSTER_SYNC_INTERVAL in the environment of etcd.service.","type":"number"},"cors":{"description":"Becomes ETCD_CORS in the environment of etcd.service.","type":["string","number","boolean"]},"data_dir":{"description":"Becomes ETCD_DATA_DIR in the environment of etcd.service.","type":["string","number","boolean"]},"discovery":{"description":"Becomes ETCD_DISCOVERY in the environment of etcd.service.","type":["string","number","boolean"]},"discovery_fallback":{"description":"Becomes ETCD_DISCOVERY_FALLBACK in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"discovery_srv":{"description":"Becomes ETCD_DISCOVERY_SRV in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"discovery_proxy":{"description":"Becomes ETCD_DISCOVERY_PROXY in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"election_timeout":{"description":"Becomes ETCD_ELECTION_TIMEOUT in the environment of etcd.service.","type":"integer","deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"force_new_cluster":{"description":"Becomes ETCD_FORCE_NEW_CLUSTER in the environment of etcd.service.","type":"boolean","deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"graphite_host":{"description":"Becomes ETCD_GRAPHITE_HOST in the environment of etcd.service.","type":["string","number","boolean"]},"heartbeat_interval":{"description":"Becomes ETCD_HEARTBEAT_INTERVAL in the environment of etcd.service.","type":"integer","deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"http_read_timeout":{"description":"Becomes ETCD_HTTP_READ_TIMEOUT in the environment of etcd.service.","type":"number"},"http_write_timeout":{"description":"Becomes ETCD_HTTP_WRITE_TIMEOUT in the environment of etcd.service.","type":"number"},"initial_advertise_peer_urls":{"description":"Becomes ETCD_INITIAL_ADVERTISE_PEER_URLS in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"initial_cluster":{"description":"Becomes ETCD_INITIAL_CLUSTER in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"initial_cluster_state":{"description":"Becomes ETCD_INITIAL_CLUSTER_STATE in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"initial_cluster_token":{"description":"Becomes ETCD_INITIAL_CLUSTER_TOKEN in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"key_file":{"description":"Becomes ETCD_KEY_FILE in the environment of etcd.service.","type":["string","number","boolean"]},"listen_client_urls":{"description":"Becomes ETCD_LISTEN_CLIENT_URLS in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"listen_peer_urls":{"description":"Becomes ETCD_LISTEN_PEER_URLS in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"max_result_buffer":{"description":"Becomes ETCD_MAX_RESULT_BUFFER in the environment of etcd.service.","type":"integer"},"max_retry_attempts":{"description":"Becomes ETCD_MAX_RETRY_ATTEMPTS in the environment of etcd.service.","type":"integer"},"max_snapshots":{"description":"Becomes ETCD_MAX_SNAPSHOTS in the environment of etcd.service.","type":"integer","deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"max_wals":{"description":"Becomes ETCD_MAX_WALS in the environment of etcd.service.","type":"integer","deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"name":{"description":"Becomes ETCD_NAME in the environment of etcd.service.","type":["string","number","boolean"]},"peer_addr":{"description":"Becomes ETCD_PEER_ADDR in the environment of etcd.service.","type":["string","number","boolean"]},"peer_bind_addr":{"description":"Becomes ETCD_PEER_BIND_ADDR in the environment of etcd.service.","type":["string","number","boolean"]},"peer_ca_file":{"description":"Becomes ETCD_PEER_CA_FILE in the environment of etcd.service.","type":["string","number","boolean"]},"peer_cert_file":{"description":"Becomes ETCD_PEER_CERT_FILE in the environment of etcd.service.","type":["string","number","boolean"]},"peer_election_timeout":{"description":"Becomes ETCD_PEER_ELECTION_TIMEOUT in the environment of etcd.service.","type":"integer"},"peer_heartbeat_interval":{"description":"Becomes ETCD_PEER_HEARTBEAT_INTERVAL in the environment of etcd.service.","type":"integer"},"peer_key_file":{"description":"Becomes ETCD_PEER_KEY_FILE in the environment of etcd.service.","type":["string","number","boolean"]},"peers":{"description":"Becomes ETCD_PEERS in the environment of etcd.service.","type":["string","number","boolean"]},"peers_file":{"description":"Becomes ETCD_PEERS_FILE in the environment of etcd.service.","type":["string","number","boolean"]},"proxy":{"description":"Becomes ETCD_PROXY in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"retry_interval":{"description":"Becomes ETCD_RETRY_INTERVAL in the environment of etcd.service.","type":"number"},"snapshot":{"description":"Becomes ETCD_SNAPSHOT in the environment of etcd.service.","type":"boolean"},"snapshot_count":{"description":"Becomes ETCD_SNAPSHOTCOUNT in the environment of etcd.service.","type":"integer"},"trace":{"description":"Becomes ETCD_TRACE in the environment of etcd.service.","type":["string","number","boolean"]},"verbose":{"description":"Becomes ETCD_VERBOSE in the environment of etcd.service.","type":"boolean"},"very_verbose":{"description":"Becomes ETCD_VERY_VERBOSE in the environment of etcd.service.","type":"boolean"},"very_very_verbose":{"description":"Becomes ETCD_VERY_VERY_VERBOSE in the environment of etcd.service.","type":"boolean"}},"deprecated":true,"x-deprecated":"no longer shipped in Container Linux"},"etcd2":{"description":"etcd, as environment of etcd2.service.","type":"object","additionalProperties":false,"properties":{"advertise_client_urls":{"description":"Becomes ETCD_ADVERTISE_CLIENT_URLS in the environment of etcd2.service.","type":["string","number","boolean"]},"ca_file":{"description":"Becomes ETCD_CA_FILE in the environment of etcd2.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"ca_file obsoleted by trusted_ca_file and client_cert_auth"},"cert_file":{"description":"Becomes ETCD_CERT_FILE in the environment of etcd2.service.","type":["string","number","boolean"]},"client_cert_auth":{"description":"Becomes ETCD_CLIENT_CERT_AUTH in the environment of etcd2.service.","type":"boolean"},"cors":{"description":"Becomes ETCD_CORS in the environment of etcd2.service.","type":["string","number","boolean"]},"data_dir":{"description":"Becomes ETCD_DATA_DIR in the environment of etcd2.service.","type":["string","number","boolean"]},"debug":{"description":"Becomes ETCD_DEBUG in the environment of etcd2.service.","type":"boolean"},"discovery":{"description":"Becomes ETCD_DISCOVERY in the environment of etcd2.service.","type":["string","number","boolean"]},"discovery_fallback":{"description":"Becomes ETCD_DISCOVERY_FALLBACK in the environment of etcd2.service.","type":["string","number","boolean"]},"discovery_srv":{"description":"Becomes ETCD_DISCOVERY_SRV in the environment of etcd2.service.","type":["string","number","boolean"]},"discovery_proxy":{"description":"Becomes ETCD_DISCOVERY_PROXY in the environment of etcd2.service.","type":["string","number","boolean"]},"election_timeout":{"description":"Becomes ETCD_ELECTION_TIMEOUT in the environment of etcd2.service.","type":"integer"},"enable_pprof":{"description":"Becomes ETCD_ENABLE_PPROF in the environment of etcd2.service.","type":"boolean"},"force_new_cluster":{"description":"Becomes ETCD_FORCE_NEW_CLUSTER in the environment of etcd2.service.","type":"boolean"},"heartbeat_interval":{"description":"Becomes ETCD_HEARTBEAT_INTERVAL in the environment of etcd2.service.","type":"integer"},"initial_advertise_peer_urls":{"description":"Becomes ETCD_INITIAL_ADVERTISE_PEER_URLS in the environment of etcd2.service.","type":["string","number","boolean"]},"initial_cluster":{"description":"Becomes ETCD_INITIAL_CLUSTER in the environment of etcd2.service.","type":["string","number","boolean"]},"initial_cluster_state":{"description":"Becomes ETCD_INITIAL_CLUSTER_STATE in the environment of etcd2.service.","type":["string","number","boolean"]},"initial_cluster_token":{"description":"Becomes ETCD_INITIAL_CLUSTER_TOKEN in the environment of etcd2.service.","type":["string","number","boolean"]},"key_file":{"description":"Becomes ETCD_KEY_FILE in the environment of etcd2.service.","type":["string","number","boolean"]},"listen_client_urls":{"description":"Becomes ETCD_LISTEN_CLIENT_URLS in the environment of etcd2.service.","type":["string","number","boolean"]},"listen_peer_urls":{"description":"Becomes ETCD_LISTEN_PEER_URLS in the environment of etcd2.service.","type":["string","number","boolean"]},"log_package_levels":{"description":"Becomes ETCD_LOG_PACKAGE_LEVELS in the environment of etcd2.service.","type":["string","number","boolean"]},"max_snapshots":{"description":"Becomes ETCD_MAX_SNAPSHOTS in the environment of etcd2.service.","type":"integer"},"max_wals":{"description":"Becomes ETCD_MAX_WALS in the environment of etcd2.service.","type":"integer"},"name":{"description":"Becomes ETCD_NAME in the environment of etcd2.service.","type":["string","number","boolean"]},"peer_ca_file":{"description":"Becomes ETCD_PEER_CA_FILE in the environment of etcd2.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"peer_ca_file obsoleted peer_trusted_ca_file and peer_client_cert_auth"},"peer_cert_file":{"description":"Becomes ETCD_PEER_CERT_FILE in the environment of etcd2.service.","type":["string","number","boolean"]},"peer_key_file":{"description":"Becomes ETCD_PEER_KEY_FILE in the environment of etcd2.service.","type":["string","number","boolean"]},"peer_client_cert_auth":{"description":"Becomes ETCD_PEER_CLIENT_CERT_AUTH in the environment of etcd2.service.","type":"boolean"},"peer_trusted_ca_file":{"description":"Becomes ETCD_PEER_TRUSTED_CA_FILE in the environment of etcd2.service.","type":["string","number","boolean"]},"proxy":{"description":"Becomes ETCD_PROXY in the environment of etcd2.service.","enum":["on","off","readonly",true,false]},"proxy_dial_timeout":{"description":"Becomes ETCD_PROXY_DIAL_TIMEOUT in the environment of etcd2.service.","type":"integer"},"proxy_failure_wait":{"description":"Becomes ETCD_PROXY_FAILURE_WAIT in the environment of etcd2.service.","type":"integer"},"proxy_read_timeout":{"description":"Becomes ETCD_PROXY_READ_TIMEOUT in the environment of etcd2.service.","type":"integer"},"proxy_refresh_interval":{"description":"Becomes ETCD_PROXY_REFRESH_INTERVAL in the environment of etcd2.service.","type":"integer"},"proxy_write_timeout":{"description":"Becomes ETCD_PROXY_WRITE_TIMEOUT in the environment of etcd2.service.","type":"integer"},"snapshot_count":{"description":"Becomes ETCD_SNAPSHOT_COUNT in the environment of etcd2.service.","type":"integer"},"strict_reconfig_check":{"description":"Becomes ETCD_STRICT_RECONFIG_CHECK in the environment of etcd2.service.","type":"boolean"},"trusted_ca_file":{"description":"Becomes ETCD_TRUSTED_CA_FILE in the environment of etcd2.service.","type":["string","number","boolean"]},"wal_dir":{"description":"Becomes ETCD_WAL_DIR in the environment of etcd2.service.","type":["string","number","boolean"]}}},"fleet":{"description":"fleet, as environment of fleet.service.","type":"object","additionalProperties":false,"properties":{"agent_ttl":{"description":"Becomes FLEET_AGENT_TTL in the environment of fleet.service.","type":["string","number","boolean"]},"authorized_keys_file":{"description":"Becomes FLEET_AUTHORIZED_KEYS_FILE in the environment of fleet.service.","type":["string","number","boolean"]},"disable_engine":{"description":"Becomes FLEET_DISABLE_ENGINE in the environment of fleet.service.","type":"boolean"},"engine_reconcile_interval":{"description":"Becomes FLEET_ENGINE_RECONCILE_INTERVAL in the environment of fleet.service.","type":"number"},"etcd_cafile":{"description":"Becomes FLEET_ETCD_CAFILE in the environment of fleet.service.","type":["string","number","boolean"]},"etcd_certfile":{"description":"Becomes FLEET_ETCD_CERTFILE in the environment of fleet.service.","type":["string","number","boolean"]},"etcd_keyfile":{"description":"Becomes FLEET_ETCD_KEYFILE in the environment of fleet.service.","type":["string","number","boolean"]},"etcd_key_prefix":{"description":"Becomes FLEET_ETCD_KEY_PREFIX in the environment of fleet.service.","type":["string","number","boolean"]},"etcd_request_timeout":{"description":"Becomes FLEET_ETCD_REQUEST_TIMEOUT in the environment of fleet.service.","type":"number"},"etcd_servers":{"description":"Becomes FLEET_ETCD_SERVERS in the environment of fleet.service.","type":["string","number","boolean"]},"etcd_username":{"description":"Becomes FLEET_ETCD_USERNAME in the environment of fleet.service.","type":["string","number","boolean"]},"etcd_password":{"description":"Becomes FLEET_ETCD_PASSWORD in the environment of fleet.service.","type":["string","number","boolean"]},"metadata":{"description":"Becomes FLEET_METADATA in the environment of fleet.service.","type":["string","number","boolean"]},"public_ip":{"description":"Becomes FLEET_PUBLIC_IP in the environment of fleet.service.","type":["string","number","boolean"]},"token_limit":{"description":"Becomes FLEET_TOKEN_LIMIT in the environment of fleet.service.","type":"integer"},"verbosity":{"description":"Becomes FLEET_VERBOSITY in the environment of fleet.service.","type":"integer"},"verify_units":{"description":"Becomes FLEET_VERIFY_UNITS in the environment of fleet.service.","type":"boolean"}}},"flannel":{"description":"flannel's options.","type":"object","additionalProperties":false,"properties":{"etcd_endpoints":{"description":"Becomes FLANNELD_ETCD_ENDPOINTS in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"etcd_cafile":{"description":"Becomes FLANNELD_ETCD_CAFILE in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"etcd_certfile":{"description":"Becomes FLANNELD_ETCD_CERTFILE in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"etcd_keyfile":{"description":"Becomes FLANNELD_ETCD_KEYFILE in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"etcd_prefix":{"description":"Becomes FLANNELD_ETCD_PREFIX in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"etcd_username":{"description":"Becomes FLANNELD_ETCD_USERNAME in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"etcd_password":{"description":"Becomes FLANNELD_ETCD_PASSWORD in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"ip_masq":{"description":"Becomes FLANNELD_IP_MASQ in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"subnet_file":{"description":"Becomes FLANNELD_SUBNET_FILE in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"interface":{"description":"Becomes FLANNELD_IFACE in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"public_ip":{"description":"Becomes FLANNELD_PUBLIC_IP in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]}}},"locksmith":{"description":"locksmith, as environment of locksmithd.service.","type":"object","additionalProperties":false,"properties":{"endpoint":{"description":"Becomes LOCKSMITHD_ENDPOINT in the environment of locksmithd.service.","type":["string","number","boolean"]},"etcd_cafile":{"description":"Becomes LOCKSMITHD_ETCD_CAFILE in the environment of locksmithd.service.","type":["string","number","boolean"]},"etcd_certfile":{"description":"Becomes LOCKSMITHD_ETCD_CERTFILE in the environment of locksmithd.service.","type":["string","number","boolean"]},"etcd_keyfile":{"description":"Becomes LOCKSMITHD_ETCD_KEYFILE in the environment of locksmithd.service.","type":["string","number","boolean"]},"etcd_username":{"description":"Becomes LOCKSMITHD_ETCD_USERNAME in the environment of locksmithd.service.","type":["string","number","boolean"]},"etcd_password":{"description":"Becomes LOCKSMITHD_ETCD_PASSWORD in the environment of locksmithd.service.","type":["string","number","boolean"]},"group":{"description":"Becomes LOCKSMITHD_GROUP in the environment of locksmithd.service.","type":["string","number","boolean"]},"window_start":{"description":"Becomes REBOOT_WINDOW_START in the environment of locksmithd.service.","type":["string","number","boolean"],"pattern":"^(([Ss][Uu][Nn]|[Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt]) )?0*([0-9]|1[0-9]|2[0-3]):0*([0-9]|[1-5][0-9])$"},"window_length":{"description":"Becomes REBOOT_WINDOW_LENGTH in the environment of locksmithd.service.","type":["string","number","boolean"],"pattern":"^[-+]?([0-9]+(\\.[0-9]*)?[a-z]+|\\.[0-9]+[a-z]+)+$"}}},"update":{"description":"Updates of the operating system: /etc/coreos/update.conf.","type":"object","additionalProperties":false,"properties":{"reboot_strategy":{"description":"When to reboot into an update: etcd-lock takes a lock first, reboot does it at once, off never.","enum":["etcd-lock","reboot","off",false]},"group":{"description":"The release channel.","type":["string","number","boolean"]},"server":{"description":"URL of the update server.","type":["string","number","boolean"]}}},"oem":{"description":"The maker of the machine: /etc/oem-release.","type":"object","additionalProperties":false,"properties":{"id":{"description":"Short name; without it nothing is written.","type":["string","number","boolean"]},"name":{"description":"Full name.","type":["string","number","boolean"]},"version_id":{"description":"Version.","type":["string","number","boolean"]},"home_url":{"description":"Home page.","type":["string","number","boolean"]},"bug_report_url":{"description":"Where to report bugs.","type":["string","number","boolean"]}}},"units":{"description":"systemd units.","type":"array","items":{"description":"One unit.","type":"object","additionalProperties":false,"properties":{"name":{"description":"The unit's whole name, with its suffix: docker.service; or UNIT.d/NAME.conf for a drop-in.","type":["string","number","boolean"]},"content":{"description":"The unit file.","type":["string","number","boolean"]},"enable":{"description":"Enable the unit as its [Install] section says.","type":"boolean"},"runtime":{"description":"Write to /run instead of /etc: gone at the next boot.","type":"boolean"},"mask":{"description":"Link the unit to /dev/null, so that nothing can start it.","type":"boolean"},"command":{"description":"What to do with the unit once everything is written.","enum":["start","stop","restart","reload","try-restart","reload-or-restart","reload-or-try-restart"]},"drop_ins":{"description":"Pieces of configuration laid over the unit: NAME.d/*.conf.","type":"array","items":{"description":"One drop-in.","type":"object","additionalProperties":false,"properties":{"name":{"description":"File name, ending in .conf.","type":["string","number","boolean"]},"content":{"description":"The drop-in.","type":["string","number","boolean"]}},"required":["name","content"]}}},"required":["name"]}}}}}};
const func2 = Object.prototype.hasOwnProperty;
const pattern0 = new RegExp("^0?[0-7]{3,4}$", "u");
const pattern1 = new RegExp("^(([Ss][Uu][Nn]|[Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt]) )?0*([0-9]|1[0-9]|2[0-3]):0*([0-9]|[1-5][0-9])$", "u");
const pattern2 = new RegExp("^[-+]?([0-9]+(\\.[0-9]*)?[a-z]+|\\.[0-9]+[a-z]+)+$", "u");

function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!((((((key0 === "hostname") || (key0 === "ssh_authorized_keys")) || (key0 === "users")) || (key0 === "write_files")) || (key0 === "manage_etc_hosts")) || (key0 === "coreos"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.hostname !== undefined){
let data0 = data.hostname;
if(((typeof data0 !== "string") && (!((typeof data0 == "number") && (isFinite(data0))))) && (typeof data0 !== "boolean")){
const err1 = {instancePath:instancePath+"/hostname",schemaPath:"#/properties/hostname/type",keyword:"type",params:{type: schema11.properties.hostname.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.ssh_authorized_keys !== undefined){
let data1 = data.ssh_authorized_keys;
if((!(Array.isArray(data1))) && (typeof data1 !== "string")){
const err2 = {instancePath:instancePath+"/ssh_authorized_keys",schemaPath:"#/properties/ssh_authorized_keys/type",keyword:"type",params:{type: schema11.properties.ssh_authorized_keys.type},message:"must be array,string"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
let data2 = data1[i0];
if(((typeof data2 !== "string") && (!((typeof data2 == "number") && (isFinite(data2))))) && (typeof data2 !== "boolean")){
const err3 = {instancePath:instancePath+"/ssh_authorized_keys/" + i0,schemaPath:"#/properties/ssh_authorized_keys/items/type",keyword:"type",params:{type: schema11.properties.ssh_authorized_keys.items.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
}
}
if(data.users !== undefined){
let data3 = data.users;
if(Array.isArray(data3)){
const len1 = data3.length;
for(let i1=0; i1<len1; i1++){
let data4 = data3[i1];
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
if(data4.name === undefined){
const err4 = {instancePath:instancePath+"/users/" + i1,schemaPath:"#/properties/users/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
for(const key1 in data4){
if(!(func2.call(schema11.properties.users.items.properties, key1))){
const err5 = {instancePath:instancePath+"/users/" + i1,schemaPath:"#/properties/users/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data4.name !== undefined){
let data5 = data4.name;
if(((typeof data5 !== "string") && (!((typeof data5 == "number") && (isFinite(data5))))) && (typeof data5 !== "boolean")){
const err6 = {instancePath:instancePath+"/users/" + i1+"/name",schemaPath:"#/properties/users/items/properties/name/type",keyword:"type",params:{type: schema11.properties.users.items.properties.name.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data4.passwd !== undefined){
let data6 = data4.passwd;
if(((typeof data6 !== "string") && (!((typeof data6 == "number") && (isFinite(data6))))) && (typeof data6 !== "boolean")){
const err7 = {instancePath:instancePath+"/users/" + i1+"/passwd",schemaPath:"#/properties/users/items/properties/passwd/type",keyword:"type",params:{type: schema11.properties.users.items.properties.passwd.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data4.gecos !== undefined){
let data7 = data4.gecos;
if(((typeof data7 !== "string") && (!((typeof data7 == "number") && (isFinite(data7))))) && (typeof data7 !== "boolean")){
const err8 = {instancePath:instancePath+"/users/" + i1+"/gecos",schemaPath:"#/properties/users/items/properties/gecos/type",keyword:"type",params:{type: schema11.properties.users.items.properties.gecos.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data4.homedir !== undefined){
let data8 = data4.homedir;
if(((typeof data8 !== "string") && (!((typeof data8 == "number") && (isFinite(data8))))) && (typeof data8 !== "boolean")){
const err9 = {instancePath:instancePath+"/users/" + i1+"/homedir",schemaPath:"#/properties/users/items/properties/homedir/type",keyword:"type",params:{type: schema11.properties.users.items.properties.homedir.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data4.no_create_home !== undefined){
if(typeof data4.no_create_home !== "boolean"){
const err10 = {instancePath:instancePath+"/users/" + i1+"/no_create_home",schemaPath:"#/properties/users/items/properties/no_create_home/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data4.primary_group !== undefined){
let data10 = data4.primary_group;
if(((typeof data10 !== "string") && (!((typeof data10 == "number") && (isFinite(data10))))) && (typeof data10 !== "boolean")){
const err11 = {instancePath:instancePath+"/users/" + i1+"/primary_group",schemaPath:"#/properties/users/items/properties/primary_group/type",keyword:"type",params:{type: schema11.properties.users.items.properties.primary_group.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data4.groups !== undefined){
let data11 = data4.groups;
if((!(Array.isArray(data11))) && (typeof data11 !== "string")){
const err12 = {instancePath:instancePath+"/users/" + i1+"/groups",schemaPath:"#/properties/users/items/properties/groups/type",keyword:"type",params:{type: schema11.properties.users.items.properties.groups.type},message:"must be array,string"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if(Array.isArray(data11)){
const len2 = data11.length;
for(let i2=0; i2<len2; i2++){
let data12 = data11[i2];
if(((typeof data12 !== "string") && (!((typeof data12 == "number") && (isFinite(data12))))) && (typeof data12 !== "boolean")){
const err13 = {instancePath:instancePath+"/users/" + i1+"/groups/" + i2,schemaPath:"#/properties/users/items/properties/groups/items/type",keyword:"type",params:{type: schema11.properties.users.items.properties.groups.items.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
}
}
if(data4.no_user_group !== undefined){
if(typeof data4.no_user_group !== "boolean"){
const err14 = {instancePath:instancePath+"/users/" + i1+"/no_user_group",schemaPath:"#/properties/users/items/properties/no_user_group/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data4.system !== undefined){
if(typeof data4.system !== "boolean"){
const err15 = {instancePath:instancePath+"/users/" + i1+"/system",schemaPath:"#/properties/users/items/properties/system/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data4.no_log_init !== undefined){
if(typeof data4.no_log_init !== "boolean"){
const err16 = {instancePath:instancePath+"/users/" + i1+"/no_log_init",schemaPath:"#/properties/users/items/properties/no_log_init/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
if(data4.shell !== undefined){
let data16 = data4.shell;
if(((typeof data16 !== "string") && (!((typeof data16 == "number") && (isFinite(data16))))) && (typeof data16 !== "boolean")){
const err17 = {instancePath:instancePath+"/users/" + i1+"/shell",schemaPath:"#/properties/users/items/properties/shell/type",keyword:"type",params:{type: schema11.properties.users.items.properties.shell.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data4.ssh_authorized_keys !== undefined){
let data17 = data4.ssh_authorized_keys;
if((!(Array.isArray(data17))) && (typeof data17 !== "string")){
const err18 = {instancePath:instancePath+"/users/" + i1+"/ssh_authorized_keys",schemaPath:"#/properties/users/items/properties/ssh_authorized_keys/type",keyword:"type",params:{type: schema11.properties.users.items.properties.ssh_authorized_keys.type},message:"must be array,string"};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
if(Array.isArray(data17)){
const len3 = data17.length;
for(let i3=0; i3<len3; i3++){
let data18 = data17[i3];
if(((typeof data18 !== "string") && (!((typeof data18 == "number") && (isFinite(data18))))) && (typeof data18 !== "boolean")){
const err19 = {instancePath:instancePath+"/users/" + i1+"/ssh_authorized_keys/" + i3,schemaPath:"#/properties/users/items/properties/ssh_authorized_keys/items/type",keyword:"type",params:{type: schema11.properties.users.items.properties.ssh_authorized_keys.items.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
}
}
if(data4.coreos_ssh_import_github !== undefined){
let data19 = data4.coreos_ssh_import_github;
if(((typeof data19 !== "string") && (!((typeof data19 == "number") && (isFinite(data19))))) && (typeof data19 !== "boolean")){
const err20 = {instancePath:instancePath+"/users/" + i1+"/coreos_ssh_import_github",schemaPath:"#/properties/users/items/properties/coreos_ssh_import_github/type",keyword:"type",params:{type: schema11.properties.users.items.properties.coreos_ssh_import_github.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data4.coreos_ssh_import_url !== undefined){
let data20 = data4.coreos_ssh_import_url;
if(((typeof data20 !== "string") && (!((typeof data20 == "number") && (isFinite(data20))))) && (typeof data20 !== "boolean")){
const err21 = {instancePath:instancePath+"/users/" + i1+"/coreos_ssh_import_url",schemaPath:"#/properties/users/items/properties/coreos_ssh_import_url/type",keyword:"type",params:{type: schema11.properties.users.items.properties.coreos_ssh_import_url.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
if(data4.coreos_ssh_import_github_users !== undefined){
let data21 = data4.coreos_ssh_import_github_users;
if(Array.isArray(data21)){
const len4 = data21.length;
for(let i4=0; i4<len4; i4++){
let data22 = data21[i4];
if(((typeof data22 !== "string") && (!((typeof data22 == "number") && (isFinite(data22))))) && (typeof data22 !== "boolean")){
const err22 = {instancePath:instancePath+"/users/" + i1+"/coreos_ssh_import_github_users/" + i4,schemaPath:"#/properties/users/items/properties/coreos_ssh_import_github_users/items/type",keyword:"type",params:{type: schema11.properties.users.items.properties.coreos_ssh_import_github_users.items.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
}
else {
const err23 = {instancePath:instancePath+"/users/" + i1+"/coreos_ssh_import_github_users",schemaPath:"#/properties/users/items/properties/coreos_ssh_import_github_users/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
}
else {
const err24 = {instancePath:instancePath+"/users/" + i1,schemaPath:"#/properties/users/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
}
else {
const err25 = {instancePath:instancePath+"/users",schemaPath:"#/properties/users/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
if(data.write_files !== undefined){
let data23 = data.write_files;
if(Array.isArray(data23)){
const len5 = data23.length;
for(let i5=0; i5<len5; i5++){
let data24 = data23[i5];
if(data24 && typeof data24 == "object" && !Array.isArray(data24)){
if(data24.path === undefined){
const err26 = {instancePath:instancePath+"/write_files/" + i5,schemaPath:"#/properties/write_files/items/required",keyword:"required",params:{missingProperty: "path"},message:"must have required property '"+"path"+"'"};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
for(const key2 in data24){
if(!(((((key2 === "path") || (key2 === "content")) || (key2 === "encoding")) || (key2 === "permissions")) || (key2 === "owner"))){
const err27 = {instancePath:instancePath+"/write_files/" + i5,schemaPath:"#/properties/write_files/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key2},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data24.path !== undefined){
let data25 = data24.path;
if(((typeof data25 !== "string") && (!((typeof data25 == "number") && (isFinite(data25))))) && (typeof data25 !== "boolean")){
const err28 = {instancePath:instancePath+"/write_files/" + i5+"/path",schemaPath:"#/properties/write_files/items/properties/path/type",keyword:"type",params:{type: schema11.properties.write_files.items.properties.path.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
if(data24.content !== undefined){
let data26 = data24.content;
if(((typeof data26 !== "string") && (!((typeof data26 == "number") && (isFinite(data26))))) && (typeof data26 !== "boolean")){
const err29 = {instancePath:instancePath+"/write_files/" + i5+"/content",schemaPath:"#/properties/write_files/items/properties/content/type",keyword:"type",params:{type: schema11.properties.write_files.items.properties.content.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
if(data24.encoding !== undefined){
let data27 = data24.encoding;
if(!((((((((data27 === "base64") || (data27 === "b64")) || (data27 === "gz")) || (data27 === "gzip")) || (data27 === "gz+base64")) || (data27 === "gzip+base64")) || (data27 === "gz+b64")) || (data27 === "gzip+b64"))){
const err30 = {instancePath:instancePath+"/write_files/" + i5+"/encoding",schemaPath:"#/properties/write_files/items/properties/encoding/enum",keyword:"enum",params:{allowedValues: schema11.properties.write_files.items.properties.encoding.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
}
if(data24.permissions !== undefined){
let data28 = data24.permissions;
if((typeof data28 !== "string") && (!(((typeof data28 == "number") && (!(data28 % 1) && !isNaN(data28))) && (isFinite(data28))))){
const err31 = {instancePath:instancePath+"/write_files/" + i5+"/permissions",schemaPath:"#/properties/write_files/items/properties/permissions/type",keyword:"type",params:{type: schema11.properties.write_files.items.properties.permissions.type},message:"must be string,integer"};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
if(typeof data28 === "string"){
if(!pattern0.test(data28)){
const err32 = {instancePath:instancePath+"/write_files/" + i5+"/permissions",schemaPath:"#/properties/write_files/items/properties/permissions/pattern",keyword:"pattern",params:{pattern: "^0?[0-7]{3,4}$"},message:"must match pattern \""+"^0?[0-7]{3,4}$"+"\""};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
}
if(data24.owner !== undefined){
let data29 = data24.owner;
if(((typeof data29 !== "string") && (!((typeof data29 == "number") && (isFinite(data29))))) && (typeof data29 !== "boolean")){
const err33 = {instancePath:instancePath+"/write_files/" + i5+"/owner",schemaPath:"#/properties/write_files/items/properties/owner/type",keyword:"type",params:{type: schema11.properties.write_files.items.properties.owner.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
}
else {
const err34 = {instancePath:instancePath+"/write_files/" + i5,schemaPath:"#/properties/write_files/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
}
}
else {
const err35 = {instancePath:instancePath+"/write_files",schemaPath:"#/properties/write_files/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
}
if(data.manage_etc_hosts !== undefined){
if(!(data.manage_etc_hosts === "localhost")){
const err36 = {instancePath:instancePath+"/manage_etc_hosts",schemaPath:"#/properties/manage_etc_hosts/enum",keyword:"enum",params:{allowedValues: schema11.properties.manage_etc_hosts.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
if(data.coreos !== undefined){
let data31 = data.coreos;
if(data31 && typeof data31 == "object" && !Array.isArray(data31)){
for(const key3 in data31){
if(!((((((((key3 === "etcd") || (key3 === "etcd2")) || (key3 === "fleet")) || (key3 === "flannel")) || (key3 === "locksmith")) || (key3 === "update")) || (key3 === "oem")) || (key3 === "units"))){
const err37 = {instancePath:instancePath+"/coreos",schemaPath:"#/properties/coreos/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
}
if(data31.etcd !== undefined){
let data32 = data31.etcd;
if(data32 && typeof data32 == "object" && !Array.isArray(data32)){
for(const key4 in data32){
if(!(func2.call(schema11.properties.coreos.properties.etcd.properties, key4))){
const err38 = {instancePath:instancePath+"/coreos/etcd",schemaPath:"#/properties/coreos/properties/etcd/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key4},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
if(data32.addr !== undefined){
let data33 = data32.addr;
if(((typeof data33 !== "string") && (!((typeof data33 == "number") && (isFinite(data33))))) && (typeof data33 !== "boolean")){
const err39 = {instancePath:instancePath+"/coreos/etcd/addr",schemaPath:"#/properties/coreos/properties/etcd/properties/addr/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.addr.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
if(data32.advertise_client_urls !== undefined){
let data34 = data32.advertise_client_urls;
if(((typeof data34 !== "string") && (!((typeof data34 == "number") && (isFinite(data34))))) && (typeof data34 !== "boolean")){
const err40 = {instancePath:instancePath+"/coreos/etcd/advertise_client_urls",schemaPath:"#/properties/coreos/properties/etcd/properties/advertise_client_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.advertise_client_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
}
if(data32.bind_addr !== undefined){
let data35 = data32.bind_addr;
if(((typeof data35 !== "string") && (!((typeof data35 == "number") && (isFinite(data35))))) && (typeof data35 !== "boolean")){
const err41 = {instancePath:instancePath+"/coreos/etcd/bind_addr",schemaPath:"#/properties/coreos/properties/etcd/properties/bind_addr/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.bind_addr.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
}
if(data32.ca_file !== undefined){
let data36 = data32.ca_file;
if(((typeof data36 !== "string") && (!((typeof data36 == "number") && (isFinite(data36))))) && (typeof data36 !== "boolean")){
const err42 = {instancePath:instancePath+"/coreos/etcd/ca_file",schemaPath:"#/properties/coreos/properties/etcd/properties/ca_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.ca_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
}
if(data32.cert_file !== undefined){
let data37 = data32.cert_file;
if(((typeof data37 !== "string") && (!((typeof data37 == "number") && (isFinite(data37))))) && (typeof data37 !== "boolean")){
const err43 = {instancePath:instancePath+"/coreos/etcd/cert_file",schemaPath:"#/properties/coreos/properties/etcd/properties/cert_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.cert_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
}
if(data32.cluster_active_size !== undefined){
let data38 = data32.cluster_active_size;
if(!(((typeof data38 == "number") && (!(data38 % 1) && !isNaN(data38))) && (isFinite(data38)))){
const err44 = {instancePath:instancePath+"/coreos/etcd/cluster_active_size",schemaPath:"#/properties/coreos/properties/etcd/properties/cluster_active_size/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
}
if(data32.cluster_remove_delay !== undefined){
let data39 = data32.cluster_remove_delay;
if(!((typeof data39 == "number") && (isFinite(data39)))){
const err45 = {instancePath:instancePath+"/coreos/etcd/cluster_remove_delay",schemaPath:"#/properties/coreos/properties/etcd/properties/cluster_remove_delay/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
}
if(data32.cluster_sync_interval !== undefined){
let data40 = data32.cluster_sync_interval;
if(!((typeof data40 == "number") && (isFinite(data40)))){
const err46 = {instancePath:instancePath+"/coreos/etcd/cluster_sync_interval",schemaPath:"#/properties/coreos/properties/etcd/properties/cluster_sync_interval/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
}
if(data32.cors !== undefined){
let data41 = data32.cors;
if(((typeof data41 !== "string") && (!((typeof data41 == "number") && (isFinite(data41))))) && (typeof data41 !== "boolean")){
const err47 = {instancePath:instancePath+"/coreos/etcd/cors",schemaPath:"#/properties/coreos/properties/etcd/properties/cors/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.cors.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
}
if(data32.data_dir !== undefined){
let data42 = data32.data_dir;
if(((typeof data42 !== "string") && (!((typeof data42 == "number") && (isFinite(data42))))) && (typeof data42 !== "boolean")){
const err48 = {instancePath:instancePath+"/coreos/etcd/data_dir",schemaPath:"#/properties/coreos/properties/etcd/properties/data_dir/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.data_dir.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
}
if(data32.discovery !== undefined){
let data43 = data32.discovery;
if(((typeof data43 !== "string") && (!((typeof data43 == "number") && (isFinite(data43))))) && (typeof data43 !== "boolean")){
const err49 = {instancePath:instancePath+"/coreos/etcd/discovery",schemaPath:"#/properties/coreos/properties/etcd/properties/discovery/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.discovery.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
}
if(data32.discovery_fallback !== undefined){
let data44 = data32.discovery_fallback;
if(((typeof data44 !== "string") && (!((typeof data44 == "number") && (isFinite(data44))))) && (typeof data44 !== "boolean")){
const err50 = {instancePath:instancePath+"/coreos/etcd/discovery_fallback",schemaPath:"#/properties/coreos/properties/etcd/properties/discovery_fallback/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.discovery_fallback.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
}
if(data32.discovery_srv !== undefined){
let data45 = data32.discovery_srv;
if(((typeof data45 !== "string") && (!((typeof data45 == "number") && (isFinite(data45))))) && (typeof data45 !== "boolean")){
const err51 = {instancePath:instancePath+"/coreos/etcd/discovery_srv",schemaPath:"#/properties/coreos/properties/etcd/properties/discovery_srv/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.discovery_srv.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
}
if(data32.discovery_proxy !== undefined){
let data46 = data32.discovery_proxy;
if(((typeof data46 !== "string") && (!((typeof data46 == "number") && (isFinite(data46))))) && (typeof data46 !== "boolean")){
const err52 = {instancePath:instancePath+"/coreos/etcd/discovery_proxy",schemaPath:"#/properties/coreos/properties/etcd/properties/discovery_proxy/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.discovery_proxy.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
}
if(data32.election_timeout !== undefined){
let data47 = data32.election_timeout;
if(!(((typeof data47 == "number") && (!(data47 % 1) && !isNaN(data47))) && (isFinite(data47)))){
const err53 = {instancePath:instancePath+"/coreos/etcd/election_timeout",schemaPath:"#/properties/coreos/properties/etcd/properties/election_timeout/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
}
if(data32.force_new_cluster !== undefined){
if(typeof data32.force_new_cluster !== "boolean"){
const err54 = {instancePath:instancePath+"/coreos/etcd/force_new_cluster",schemaPath:"#/properties/coreos/properties/etcd/properties/force_new_cluster/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
}
if(data32.graphite_host !== undefined){
let data49 = data32.graphite_host;
if(((typeof data49 !== "string") && (!((typeof data49 == "number") && (isFinite(data49))))) && (typeof data49 !== "boolean")){
const err55 = {instancePath:instancePath+"/coreos/etcd/graphite_host",schemaPath:"#/properties/coreos/properties/etcd/properties/graphite_host/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.graphite_host.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
}
if(data32.heartbeat_interval !== undefined){
let data50 = data32.heartbeat_interval;
if(!(((typeof data50 == "number") && (!(data50 % 1) && !isNaN(data50))) && (isFinite(data50)))){
const err56 = {instancePath:instancePath+"/coreos/etcd/heartbeat_interval",schemaPath:"#/properties/coreos/properties/etcd/properties/heartbeat_interval/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
}
if(data32.http_read_timeout !== undefined){
let data51 = data32.http_read_timeout;
if(!((typeof data51 == "number") && (isFinite(data51)))){
const err57 = {instancePath:instancePath+"/coreos/etcd/http_read_timeout",schemaPath:"#/properties/coreos/properties/etcd/properties/http_read_timeout/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
}
if(data32.http_write_timeout !== undefined){
let data52 = data32.http_write_timeout;
if(!((typeof data52 == "number") && (isFinite(data52)))){
const err58 = {instancePath:instancePath+"/coreos/etcd/http_write_timeout",schemaPath:"#/properties/coreos/properties/etcd/properties/http_write_timeout/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
}
if(data32.initial_advertise_peer_urls !== undefined){
let data53 = data32.initial_advertise_peer_urls;
if(((typeof data53 !== "string") && (!((typeof data53 == "number") && (isFinite(data53))))) && (typeof data53 !== "boolean")){
const err59 = {instancePath:instancePath+"/coreos/etcd/initial_advertise_peer_urls",schemaPath:"#/properties/coreos/properties/etcd/properties/initial_advertise_peer_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.initial_advertise_peer_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err59];
}
else {
vErrors.push(err59);
}
errors++;
}
}
if(data32.initial_cluster !== undefined){
let data54 = data32.initial_cluster;
if(((typeof data54 !== "string") && (!((typeof data54 == "number") && (isFinite(data54))))) && (typeof data54 !== "boolean")){
const err60 = {instancePath:instancePath+"/coreos/etcd/initial_cluster",schemaPath:"#/properties/coreos/properties/etcd/properties/initial_cluster/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.initial_cluster.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err60];
}
else {
vErrors.push(err60);
}
errors++;
}
}
if(data32.initial_cluster_state !== undefined){
let data55 = data32.initial_cluster_state;
if(((typeof data55 !== "string") && (!((typeof data55 == "number") && (isFinite(data55))))) && (typeof data55 !== "boolean")){
const err61 = {instancePath:instancePath+"/coreos/etcd/initial_cluster_state",schemaPath:"#/properties/coreos/properties/etcd/properties/initial_cluster_state/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.initial_cluster_state.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err61];
}
else {
vErrors.push(err61);
}
errors++;
}
}
if(data32.initial_cluster_token !== undefined){
let data56 = data32.initial_cluster_token;
if(((typeof data56 !== "string") && (!((typeof data56 == "number") && (isFinite(data56))))) && (typeof data56 !== "boolean")){
const err62 = {instancePath:instancePath+"/coreos/etcd/initial_cluster_token",schemaPath:"#/properties/coreos/properties/etcd/properties/initial_cluster_token/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.initial_cluster_token.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err62];
}
else {
vErrors.push(err62);
}
errors++;
}
}
if(data32.key_file !== undefined){
let data57 = data32.key_file;
if(((typeof data57 !== "string") && (!((typeof data57 == "number") && (isFinite(data57))))) && (typeof data57 !== "boolean")){
const err63 = {instancePath:instancePath+"/coreos/etcd/key_file",schemaPath:"#/properties/coreos/properties/etcd/properties/key_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.key_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err63];
}
else {
vErrors.push(err63);
}
errors++;
}
}
if(data32.listen_client_urls !== undefined){
let data58 = data32.listen_client_urls;
if(((typeof data58 !== "string") && (!((typeof data58 == "number") && (isFinite(data58))))) && (typeof data58 !== "boolean")){
const err64 = {instancePath:instancePath+"/coreos/etcd/listen_client_urls",schemaPath:"#/properties/coreos/properties/etcd/properties/listen_client_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.listen_client_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err64];
}
else {
vErrors.push(err64);
}
errors++;
}
}
if(data32.listen_peer_urls !== undefined){
let data59 = data32.listen_peer_urls;
if(((typeof data59 !== "string") && (!((typeof data59 == "number") && (isFinite(data59))))) && (typeof data59 !== "boolean")){
const err65 = {instancePath:instancePath+"/coreos/etcd/listen_peer_urls",schemaPath:"#/properties/coreos/properties/etcd/properties/listen_peer_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.listen_peer_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err65];
}
else {
vErrors.push(err65);
}
errors++;
}
}
if(data32.max_result_buffer !== undefined){
let data60 = data32.max_result_buffer;
if(!(((typeof data60 == "number") && (!(data60 % 1) && !isNaN(data60))) && (isFinite(data60)))){
const err66 = {instancePath:instancePath+"/coreos/etcd/max_result_buffer",schemaPath:"#/properties/coreos/properties/etcd/properties/max_result_buffer/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err66];
}
else {
vErrors.push(err66);
}
errors++;
}
}
if(data32.max_retry_attempts !== undefined){
let data61 = data32.max_retry_attempts;
if(!(((typeof data61 == "number") && (!(data61 % 1) && !isNaN(data61))) && (isFinite(data61)))){
const err67 = {instancePath:instancePath+"/coreos/etcd/max_retry_attempts",schemaPath:"#/properties/coreos/properties/etcd/properties/max_retry_attempts/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err67];
}
else {
vErrors.push(err67);
}
errors++;
}
}
if(data32.max_snapshots !== undefined){
let data62 = data32.max_snapshots;
if(!(((typeof data62 == "number") && (!(data62 % 1) && !isNaN(data62))) && (isFinite(data62)))){
const err68 = {instancePath:instancePath+"/coreos/etcd/max_snapshots",schemaPath:"#/properties/coreos/properties/etcd/properties/max_snapshots/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err68];
}
else {
vErrors.push(err68);
}
errors++;
}
}
if(data32.max_wals !== undefined){
let data63 = data32.max_wals;
if(!(((typeof data63 == "number") && (!(data63 % 1) && !isNaN(data63))) && (isFinite(data63)))){
const err69 = {instancePath:instancePath+"/coreos/etcd/max_wals",schemaPath:"#/properties/coreos/properties/etcd/properties/max_wals/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err69];
}
else {
vErrors.push(err69);
}
errors++;
}
}
if(data32.name !== undefined){
let data64 = data32.name;
if(((typeof data64 !== "string") && (!((typeof data64 == "number") && (isFinite(data64))))) && (typeof data64 !== "boolean")){
const err70 = {instancePath:instancePath+"/coreos/etcd/name",schemaPath:"#/properties/coreos/properties/etcd/properties/name/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.name.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err70];
}
else {
vErrors.push(err70);
}
errors++;
}
}
if(data32.peer_addr !== undefined){
let data65 = data32.peer_addr;
if(((typeof data65 !== "string") && (!((typeof data65 == "number") && (isFinite(data65))))) && (typeof data65 !== "boolean")){
const err71 = {instancePath:instancePath+"/coreos/etcd/peer_addr",schemaPath:"#/properties/coreos/properties/etcd/properties/peer_addr/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.peer_addr.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err71];
}
else {
vErrors.push(err71);
}
errors++;
}
}
if(data32.peer_bind_addr !== undefined){
let data66 = data32.peer_bind_addr;
if(((typeof data66 !== "string") && (!((typeof data66 == "number") && (isFinite(data66))))) && (typeof data66 !== "boolean")){
const err72 = {instancePath:instancePath+"/coreos/etcd/peer_bind_addr",schemaPath:"#/properties/coreos/properties/etcd/properties/peer_bind_addr/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.peer_bind_addr.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err72];
}
else {
vErrors.push(err72);
}
errors++;
}
}
if(data32.peer_ca_file !== undefined){
let data67 = data32.peer_ca_file;
if(((typeof data67 !== "string") && (!((typeof data67 == "number") && (isFinite(data67))))) && (typeof data67 !== "boolean")){
const err73 = {instancePath:instancePath+"/coreos/etcd/peer_ca_file",schemaPath:"#/properties/coreos/properties/etcd/properties/peer_ca_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.peer_ca_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err73];
}
else {
vErrors.push(err73);
}
errors++;
}
}
if(data32.peer_cert_file !== undefined){
let data68 = data32.peer_cert_file;
if(((typeof data68 !== "string") && (!((typeof data68 == "number") && (isFinite(data68))))) && (typeof data68 !== "boolean")){
const err74 = {instancePath:instancePath+"/coreos/etcd/peer_cert_file",schemaPath:"#/properties/coreos/properties/etcd/properties/peer_cert_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.peer_cert_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err74];
}
else {
vErrors.push(err74);
}
errors++;
}
}
if(data32.peer_election_timeout !== undefined){
let data69 = data32.peer_election_timeout;
if(!(((typeof data69 == "number") && (!(data69 % 1) && !isNaN(data69))) && (isFinite(data69)))){
const err75 = {instancePath:instancePath+"/coreos/etcd/peer_election_timeout",schemaPath:"#/properties/coreos/properties/etcd/properties/peer_election_timeout/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err75];
}
else {
vErrors.push(err75);
}
errors++;
}
}
if(data32.peer_heartbeat_interval !== undefined){
let data70 = data32.peer_heartbeat_interval;
if(!(((typeof data70 == "number") && (!(data70 % 1) && !isNaN(data70))) && (isFinite(data70)))){
const err76 = {instancePath:instancePath+"/coreos/etcd/peer_heartbeat_interval",schemaPath:"#/properties/coreos/properties/etcd/properties/peer_heartbeat_interval/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err76];
}
else {
vErrors.push(err76);
}
errors++;
}
}
if(data32.peer_key_file !== undefined){
let data71 = data32.peer_key_file;
if(((typeof data71 !== "string") && (!((typeof data71 == "number") && (isFinite(data71))))) && (typeof data71 !== "boolean")){
const err77 = {instancePath:instancePath+"/coreos/etcd/peer_key_file",schemaPath:"#/properties/coreos/properties/etcd/properties/peer_key_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.peer_key_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err77];
}
else {
vErrors.push(err77);
}
errors++;
}
}
if(data32.peers !== undefined){
let data72 = data32.peers;
if(((typeof data72 !== "string") && (!((typeof data72 == "number") && (isFinite(data72))))) && (typeof data72 !== "boolean")){
const err78 = {instancePath:instancePath+"/coreos/etcd/peers",schemaPath:"#/properties/coreos/properties/etcd/properties/peers/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.peers.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err78];
}
else {
vErrors.push(err78);
}
errors++;
}
}
if(data32.peers_file !== undefined){
let data73 = data32.peers_file;
if(((typeof data73 !== "string") && (!((typeof data73 == "number") && (isFinite(data73))))) && (typeof data73 !== "boolean")){
const err79 = {instancePath:instancePath+"/coreos/etcd/peers_file",schemaPath:"#/properties/coreos/properties/etcd/properties/peers_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.peers_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err79];
}
else {
vErrors.push(err79);
}
errors++;
}
}
if(data32.proxy !== undefined){
let data74 = data32.proxy;
if(((typeof data74 !== "string") && (!((typeof data74 == "number") && (isFinite(data74))))) && (typeof data74 !== "boolean")){
const err80 = {instancePath:instancePath+"/coreos/etcd/proxy",schemaPath:"#/properties/coreos/properties/etcd/properties/proxy/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.proxy.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err80];
}
else {
vErrors.push(err80);
}
errors++;
}
}
if(data32.retry_interval !== undefined){
let data75 = data32.retry_interval;
if(!((typeof data75 == "number") && (isFinite(data75)))){
const err81 = {instancePath:instancePath+"/coreos/etcd/retry_interval",schemaPath:"#/properties/coreos/properties/etcd/properties/retry_interval/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err81];
}
else {
vErrors.push(err81);
}
errors++;
}
}
if(data32.snapshot !== undefined){
if(typeof data32.snapshot !== "boolean"){
const err82 = {instancePath:instancePath+"/coreos/etcd/snapshot",schemaPath:"#/properties/coreos/properties/etcd/properties/snapshot/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err82];
}
else {
vErrors.push(err82);
}
errors++;
}
}
if(data32.snapshot_count !== undefined){
let data77 = data32.snapshot_count;
if(!(((typeof data77 == "number") && (!(data77 % 1) && !isNaN(data77))) && (isFinite(data77)))){
const err83 = {instancePath:instancePath+"/coreos/etcd/snapshot_count",schemaPath:"#/properties/coreos/properties/etcd/properties/snapshot_count/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err83];
}
else {
vErrors.push(err83);
}
errors++;
}
}
if(data32.trace !== undefined){
let data78 = data32.trace;
if(((typeof data78 !== "string") && (!((typeof data78 == "number") && (isFinite(data78))))) && (typeof data78 !== "boolean")){
const err84 = {instancePath:instancePath+"/coreos/etcd/trace",schemaPath:"#/properties/coreos/properties/etcd/properties/trace/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.trace.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err84];
}
else {
vErrors.push(err84);
}
errors++;
}
}
if(data32.verbose !== undefined){
if(typeof data32.verbose !== "boolean"){
const err85 = {instancePath:instancePath+"/coreos/etcd/verbose",schemaPath:"#/properties/coreos/properties/etcd/properties/verbose/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err85];
}
else {
vErrors.push(err85);
}
errors++;
}
}
if(data32.very_verbose !== undefined){
if(typeof data32.very_verbose !== "boolean"){
const err86 = {instancePath:instancePath+"/coreos/etcd/very_verbose",schemaPath:"#/properties/coreos/properties/etcd/properties/very_verbose/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err86];
}
else {
vErrors.push(err86);
}
errors++;
}
}
if(data32.very_very_verbose !== undefined){
if(typeof data32.very_very_verbose !== "boolean"){
const err87 = {instancePath:instancePath+"/coreos/etcd/very_very_verbose",schemaPath:"#/properties/coreos/properties/etcd/properties/very_very_verbose/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err87];
}
else {
vErrors.push(err87);
}
errors++;
}
}
}
else {
const err88 = {instancePath:instancePath+"/coreos/etcd",schemaPath:"#/properties/coreos/properties/etcd/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err88];
}
else {
vErrors.push(err88);
}
errors++;
}
}
if(data31.etcd2 !== undefined){
let data82 = data31.etcd2;
if(data82 && typeof data82 == "object" && !Array.isArray(data82)){
for(const key5 in data82){
if(!(func2.call(schema11.properties.coreos.properties.etcd2.properties, key5))){
const err89 = {instancePath:instancePath+"/coreos/etcd2",schemaPath:"#/properties/coreos/properties/etcd2/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key5},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err89];
}
else {
vErrors.push(err89);
}
errors++;
}
}
if(data82.advertise_client_urls !== undefined){
let data83 = data82.advertise_client_urls;
if(((typeof data83 !== "string") && (!((typeof data83 == "number") && (isFinite(data83))))) && (typeof data83 !== "boolean")){
const err90 = {instancePath:instancePath+"/coreos/etcd2/advertise_client_urls",schemaPath:"#/properties/coreos/properties/etcd2/properties/advertise_client_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.advertise_client_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err90];
}
else {
vErrors.push(err90);
}
errors++;
}
}
if(data82.ca_file !== undefined){
let data84 = data82.ca_file;
if(((typeof data84 !== "string") && (!((typeof data84 == "number") && (isFinite(data84))))) && (typeof data84 !== "boolean")){
const err91 = {instancePath:instancePath+"/coreos/etcd2/ca_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/ca_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.ca_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err91];
}
else {
vErrors.push(err91);
}
errors++;
}
}
if(data82.cert_file !== undefined){
let data85 = data82.cert_file;
if(((typeof data85 !== "string") && (!((typeof data85 == "number") && (isFinite(data85))))) && (typeof data85 !== "boolean")){
const err92 = {instancePath:instancePath+"/coreos/etcd2/cert_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/cert_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.cert_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err92];
}
else {
vErrors.push(err92);
}
errors++;
}
}
if(data82.client_cert_auth !== undefined){
if(typeof data82.client_cert_auth !== "boolean"){
const err93 = {instancePath:instancePath+"/coreos/etcd2/client_cert_auth",schemaPath:"#/properties/coreos/properties/etcd2/properties/client_cert_auth/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err93];
}
else {
vErrors.push(err93);
}
errors++;
}
}
if(data82.cors !== undefined){
let data87 = data82.cors;
if(((typeof data87 !== "string") && (!((typeof data87 == "number") && (isFinite(data87))))) && (typeof data87 !== "boolean")){
const err94 = {instancePath:instancePath+"/coreos/etcd2/cors",schemaPath:"#/properties/coreos/properties/etcd2/properties/cors/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.cors.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err94];
}
else {
vErrors.push(err94);
}
errors++;
}
}
if(data82.data_dir !== undefined){
let data88 = data82.data_dir;
if(((typeof data88 !== "string") && (!((typeof data88 == "number") && (isFinite(data88))))) && (typeof data88 !== "boolean")){
const err95 = {instancePath:instancePath+"/coreos/etcd2/data_dir",schemaPath:"#/properties/coreos/properties/etcd2/properties/data_dir/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.data_dir.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err95];
}
else {
vErrors.push(err95);
}
errors++;
}
}
if(data82.debug !== undefined){
if(typeof data82.debug !== "boolean"){
const err96 = {instancePath:instancePath+"/coreos/etcd2/debug",schemaPath:"#/properties/coreos/properties/etcd2/properties/debug/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err96];
}
else {
vErrors.push(err96);
}
errors++;
}
}
if(data82.discovery !== undefined){
let data90 = data82.discovery;
if(((typeof data90 !== "string") && (!((typeof data90 == "number") && (isFinite(data90))))) && (typeof data90 !== "boolean")){
const err97 = {instancePath:instancePath+"/coreos/etcd2/discovery",schemaPath:"#/properties/coreos/properties/etcd2/properties/discovery/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.discovery.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err97];
}
else {
vErrors.push(err97);
}
errors++;
}
}
if(data82.discovery_fallback !== undefined){
let data91 = data82.discovery_fallback;
if(((typeof data91 !== "string") && (!((typeof data91 == "number") && (isFinite(data91))))) && (typeof data91 !== "boolean")){
const err98 = {instancePath:instancePath+"/coreos/etcd2/discovery_fallback",schemaPath:"#/properties/coreos/properties/etcd2/properties/discovery_fallback/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.discovery_fallback.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err98];
}
else {
vErrors.push(err98);
}
errors++;
}
}
if(data82.discovery_srv !== undefined){
let data92 = data82.discovery_srv;
if(((typeof data92 !== "string") && (!((typeof data92 == "number") && (isFinite(data92))))) && (typeof data92 !== "boolean")){
const err99 = {instancePath:instancePath+"/coreos/etcd2/discovery_srv",schemaPath:"#/properties/coreos/properties/etcd2/properties/discovery_srv/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.discovery_srv.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err99];
}
else {
vErrors.push(err99);
}
errors++;
}
}
if(data82.discovery_proxy !== undefined){
let data93 = data82.discovery_proxy;
if(((typeof data93 !== "string") && (!((typeof data93 == "number") && (isFinite(data93))))) && (typeof data93 !== "boolean")){
const err100 = {instancePath:instancePath+"/coreos/etcd2/discovery_proxy",schemaPath:"#/properties/coreos/properties/etcd2/properties/discovery_proxy/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.discovery_proxy.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err100];
}
else {
vErrors.push(err100);
}
errors++;
}
}
if(data82.election_timeout !== undefined){
let data94 = data82.election_timeout;
if(!(((typeof data94 == "number") && (!(data94 % 1) && !isNaN(data94))) && (isFinite(data94)))){
const err101 = {instancePath:instancePath+"/coreos/etcd2/election_timeout",schemaPath:"#/properties/coreos/properties/etcd2/properties/election_timeout/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err101];
}
else {
vErrors.push(err101);
}
errors++;
}
}
if(data82.enable_pprof !== undefined){
if(typeof data82.enable_pprof !== "boolean"){
const err102 = {instancePath:instancePath+"/coreos/etcd2/enable_pprof",schemaPath:"#/properties/coreos/properties/etcd2/properties/enable_pprof/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err102];
}
else {
vErrors.push(err102);
}
errors++;
}
}
if(data82.force_new_cluster !== undefined){
if(typeof data82.force_new_cluster !== "boolean"){
const err103 = {instancePath:instancePath+"/coreos/etcd2/force_new_cluster",schemaPath:"#/properties/coreos/properties/etcd2/properties/force_new_cluster/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err103];
}
else {
vErrors.push(err103);
}
errors++;
}
}
if(data82.heartbeat_interval !== undefined){
let data97 = data82.heartbeat_interval;
if(!(((typeof data97 == "number") && (!(data97 % 1) && !isNaN(data97))) && (isFinite(data97)))){
const err104 = {instancePath:instancePath+"/coreos/etcd2/heartbeat_interval",schemaPath:"#/properties/coreos/properties/etcd2/properties/heartbeat_interval/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err104];
}
else {
vErrors.push(err104);
}
errors++;
}
}
if(data82.initial_advertise_peer_urls !== undefined){
let data98 = data82.initial_advertise_peer_urls;
if(((typeof data98 !== "string") && (!((typeof data98 == "number") && (isFinite(data98))))) && (typeof data98 !== "boolean")){
const err105 = {instancePath:instancePath+"/coreos/etcd2/initial_advertise_peer_urls",schemaPath:"#/properties/coreos/properties/etcd2/properties/initial_advertise_peer_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.initial_advertise_peer_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err105];
}
else {
vErrors.push(err105);
}
errors++;
}
}
if(data82.initial_cluster !== undefined){
let data99 = data82.initial_cluster;
if(((typeof data99 !== "string") && (!((typeof data99 == "number") && (isFinite(data99))))) && (typeof data99 !== "boolean")){
const err106 = {instancePath:instancePath+"/coreos/etcd2/initial_cluster",schemaPath:"#/properties/coreos/properties/etcd2/properties/initial_cluster/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.initial_cluster.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err106];
}
else {
vErrors.push(err106);
}
errors++;
}
}
if(data82.initial_cluster_state !== undefined){
let data100 = data82.initial_cluster_state;
if(((typeof data100 !== "string") && (!((typeof data100 == "number") && (isFinite(data100))))) && (typeof data100 !== "boolean")){
const err107 = {instancePath:instancePath+"/coreos/etcd2/initial_cluster_state",schemaPath:"#/properties/coreos/properties/etcd2/properties/initial_cluster_state/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.initial_cluster_state.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err107];
}
else {
vErrors.push(err107);
}
errors++;
}
}
if(data82.initial_cluster_token !== undefined){
let data101 = data82.initial_cluster_token;
if(((typeof data101 !== "string") && (!((typeof data101 == "number") && (isFinite(data101))))) && (typeof data101 !== "boolean")){
const err108 = {instancePath:instancePath+"/coreos/etcd2/initial_cluster_token",schemaPath:"#/properties/coreos/properties/etcd2/properties/initial_cluster_token/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.initial_cluster_token.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err108];
}
else {
vErrors.push(err108);
}
errors++;
}
}
if(data82.key_file !== undefined){
let data102 = data82.key_file;
if(((typeof data102 !== "string") && (!((typeof data102 == "number") && (isFinite(data102))))) && (typeof data102 !== "boolean")){
const err109 = {instancePath:instancePath+"/coreos/etcd2/key_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/key_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.key_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err109];
}
else {
vErrors.push(err109);
}
errors++;
}
}
if(data82.listen_client_urls !== undefined){
let data103 = data82.listen_client_urls;
if(((typeof data103 !== "string") && (!((typeof data103 == "number") && (isFinite(data103))))) && (typeof data103 !== "boolean")){
const err110 = {instancePath:instancePath+"/coreos/etcd2/listen_client_urls",schemaPath:"#/properties/coreos/properties/etcd2/properties/listen_client_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.listen_client_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err110];
}
else {
vErrors.push(err110);
}
errors++;
}
}
if(data82.listen_peer_urls !== undefined){
let data104 = data82.listen_peer_urls;
if(((typeof data104 !== "string") && (!((typeof data104 == "number") && (isFinite(data104))))) && (typeof data104 !== "boolean")){
const err111 = {instancePath:instancePath+"/coreos/etcd2/listen_peer_urls",schemaPath:"#/properties/coreos/properties/etcd2/properties/listen_peer_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.listen_peer_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err111];
}
else {
vErrors.push(err111);
}
errors++;
}
}
if(data82.log_package_levels !== undefined){
let data105 = data82.log_package_levels;
if(((typeof data105 !== "string") && (!((typeof data105 == "number") && (isFinite(data105))))) && (typeof data105 !== "boolean")){
const err112 = {instancePath:instancePath+"/coreos/etcd2/log_package_levels",schemaPath:"#/properties/coreos/properties/etcd2/properties/log_package_levels/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.log_package_levels.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err112];
}
else {
vErrors.push(err112);
}
errors++;
}
}
if(data82.max_snapshots !== undefined){
let data106 = data82.max_snapshots;
if(!(((typeof data106 == "number") && (!(data106 % 1) && !isNaN(data106))) && (isFinite(data106)))){
const err113 = {instancePath:instancePath+"/coreos/etcd2/max_snapshots",schemaPath:"#/properties/coreos/properties/etcd2/properties/max_snapshots/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err113];
}
else {
vErrors.push(err113);
}
errors++;
}
}
if(data82.max_wals !== undefined){
let data107 = data82.max_wals;
if(!(((typeof data107 == "number") && (!(data107 % 1) && !isNaN(data107))) && (isFinite(data107)))){
const err114 = {instancePath:instancePath+"/coreos/etcd2/max_wals",schemaPath:"#/properties/coreos/properties/etcd2/properties/max_wals/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err114];
}
else {
vErrors.push(err114);
}
errors++;
}
}
if(data82.name !== undefined){
let data108 = data82.name;
if(((typeof data108 !== "string") && (!((typeof data108 == "number") && (isFinite(data108))))) && (typeof data108 !== "boolean")){
const err115 = {instancePath:instancePath+"/coreos/etcd2/name",schemaPath:"#/properties/coreos/properties/etcd2/properties/name/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.name.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err115];
}
else {
vErrors.push(err115);
}
errors++;
}
}
if(data82.peer_ca_file !== undefined){
let data109 = data82.peer_ca_file;
if(((typeof data109 !== "string") && (!((typeof data109 == "number") && (isFinite(data109))))) && (typeof data109 !== "boolean")){
const err116 = {instancePath:instancePath+"/coreos/etcd2/peer_ca_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/peer_ca_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.peer_ca_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err116];
}
else {
vErrors.push(err116);
}
errors++;
}
}
if(data82.peer_cert_file !== undefined){
let data110 = data82.peer_cert_file;
if(((typeof data110 !== "string") && (!((typeof data110 == "number") && (isFinite(data110))))) && (typeof data110 !== "boolean")){
const err117 = {instancePath:instancePath+"/coreos/etcd2/peer_cert_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/peer_cert_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.peer_cert_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err117];
}
else {
vErrors.push(err117);
}
errors++;
}
}
if(data82.peer_key_file !== undefined){
let data111 = data82.peer_key_file;
if(((typeof data111 !== "string") && (!((typeof data111 == "number") && (isFinite(data111))))) && (typeof data111 !== "boolean")){
const err118 = {instancePath:instancePath+"/coreos/etcd2/peer_key_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/peer_key_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.peer_key_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err118];
}
else {
vErrors.push(err118);
}
errors++;
}
}
if(data82.peer_client_cert_auth !== undefined){
if(typeof data82.peer_client_cert_auth !== "boolean"){
const err119 = {instancePath:instancePath+"/coreos/etcd2/peer_client_cert_auth",schemaPath:"#/properties/coreos/properties/etcd2/properties/peer_client_cert_auth/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err119];
}
else {
vErrors.push(err119);
}
errors++;
}
}
if(data82.peer_trusted_ca_file !== undefined){
let data113 = data82.peer_trusted_ca_file;
if(((typeof data113 !== "string") && (!((typeof data113 == "number") && (isFinite(data113))))) && (typeof data113 !== "boolean")){
const err120 = {instancePath:instancePath+"/coreos/etcd2/peer_trusted_ca_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/peer_trusted_ca_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.peer_trusted_ca_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err120];
}
else {
vErrors.push(err120);
}
errors++;
}
}
if(data82.proxy !== undefined){
let data114 = data82.proxy;
if(!(((((data114 === "on") || (data114 === "off")) || (data114 === "readonly")) || (data114 === true)) || (data114 === false))){
const err121 = {instancePath:instancePath+"/coreos/etcd2/proxy",schemaPath:"#/properties/coreos/properties/etcd2/properties/proxy/enum",keyword:"enum",params:{allowedValues: schema11.properties.coreos.properties.etcd2.properties.proxy.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err121];
}
else {
vErrors.push(err121);
}
errors++;
}
}
if(data82.proxy_dial_timeout !== undefined){
let data115 = data82.proxy_dial_timeout;
if(!(((typeof data115 == "number") && (!(data115 % 1) && !isNaN(data115))) && (isFinite(data115)))){
const err122 = {instancePath:instancePath+"/coreos/etcd2/proxy_dial_timeout",schemaPath:"#/properties/coreos/properties/etcd2/properties/proxy_dial_timeout/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err122];
}
else {
vErrors.push(err122);
}
errors++;
}
}
if(data82.proxy_failure_wait !== undefined){
let data116 = data82.proxy_failure_wait;
if(!(((typeof data116 == "number") && (!(data116 % 1) && !isNaN(data116))) && (isFinite(data116)))){
const err123 = {instancePath:instancePath+"/coreos/etcd2/proxy_failure_wait",schemaPath:"#/properties/coreos/properties/etcd2/properties/proxy_failure_wait/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err123];
}
else {
vErrors.push(err123);
}
errors++;
}
}
if(data82.proxy_read_timeout !== undefined){
let data117 = data82.proxy_read_timeout;
if(!(((typeof data117 == "number") && (!(data117 % 1) && !isNaN(data117))) && (isFinite(data117)))){
const err124 = {instancePath:instancePath+"/coreos/etcd2/proxy_read_timeout",schemaPath:"#/properties/coreos/properties/etcd2/properties/proxy_read_timeout/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err124];
}
else {
vErrors.push(err124);
}
errors++;
}
}
if(data82.proxy_refresh_interval !== undefined){
let data118 = data82.proxy_refresh_interval;
if(!(((typeof data118 == "number") && (!(data118 % 1) && !isNaN(data118))) && (isFinite(data118)))){
const err125 = {instancePath:instancePath+"/coreos/etcd2/proxy_refresh_interval",schemaPath:"#/properties/coreos/properties/etcd2/properties/proxy_refresh_interval/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err125];
}
else {
vErrors.push(err125);
}
errors++;
}
}
if(data82.proxy_write_timeout !== undefined){
let data119 = data82.proxy_write_timeout;
if(!(((typeof data119 == "number") && (!(data119 % 1) && !isNaN(data119))) && (isFinite(data119)))){
const err126 = {instancePath:instancePath+"/coreos/etcd2/proxy_write_timeout",schemaPath:"#/properties/coreos/properties/etcd2/properties/proxy_write_timeout/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err126];
}
else {
vErrors.push(err126);
}
errors++;
}
}
if(data82.snapshot_count !== undefined){
let data120 = data82.snapshot_count;
if(!(((typeof data120 == "number") && (!(data120 % 1) && !isNaN(data120))) && (isFinite(data120)))){
const err127 = {instancePath:instancePath+"/coreos/etcd2/snapshot_count",schemaPath:"#/properties/coreos/properties/etcd2/properties/snapshot_count/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err127];
}
else {
vErrors.push(err127);
}
errors++;
}
}
if(data82.strict_reconfig_check !== undefined){
if(typeof data82.strict_reconfig_check !== "boolean"){
const err128 = {instancePath:instancePath+"/coreos/etcd2/strict_reconfig_check",schemaPath:"#/properties/coreos/properties/etcd2/properties/strict_reconfig_check/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err128];
}
else {
vErrors.push(err128);
}
errors++;
}
}
if(data82.trusted_ca_file !== undefined){
let data122 = data82.trusted_ca_file;
if(((typeof data122 !== "string") && (!((typeof data122 == "number") && (isFinite(data122))))) && (typeof data122 !== "boolean")){
const err129 = {instancePath:instancePath+"/coreos/etcd2/trusted_ca_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/trusted_ca_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.trusted_ca_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err129];
}
else {
vErrors.push(err129);
}
errors++;
}
}
if(data82.wal_dir !== undefined){
let data123 = data82.wal_dir;
if(((typeof data123 !== "string") && (!((typeof data123 == "number") && (isFinite(data123))))) && (typeof data123 !== "boolean")){
const err130 = {instancePath:instancePath+"/coreos/etcd2/wal_dir",schemaPath:"#/properties/coreos/properties/etcd2/properties/wal_dir/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.wal_dir.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err130];
}
else {
vErrors.push(err130);
}
errors++;
}
}
}
else {
const err131 = {instancePath:instancePath+"/coreos/etcd2",schemaPath:"#/properties/coreos/properties/etcd2/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err131];
}
else {
vErrors.push(err131);
}
errors++;
}
}
if(data31.fleet !== undefined){
let data124 = data31.fleet;
if(data124 && typeof data124 == "object" && !Array.isArray(data124)){
for(const key6 in data124){
if(!(func2.call(schema11.properties.coreos.properties.fleet.properties, key6))){
const err132 = {instancePath:instancePath+"/coreos/fleet",schemaPath:"#/properties/coreos/properties/fleet/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key6},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err132];
}
else {
vErrors.push(err132);
}
errors++;
}
}
if(data124.agent_ttl !== undefined){
let data125 = data124.agent_ttl;
if(((typeof data125 !== "string") && (!((typeof data125 == "number") && (isFinite(data125))))) && (typeof data125 !== "boolean")){
const err133 = {instancePath:instancePath+"/coreos/fleet/agent_ttl",schemaPath:"#/properties/coreos/properties/fleet/properties/agent_ttl/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.agent_ttl.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err133];
}
else {
vErrors.push(err133);
}
errors++;
}
}
if(data124.authorized_keys_file !== undefined){
let data126 = data124.authorized_keys_file;
if(((typeof data126 !== "string") && (!((typeof data126 == "number") && (isFinite(data126))))) && (typeof data126 !== "boolean")){
const err134 = {instancePath:instancePath+"/coreos/fleet/authorized_keys_file",schemaPath:"#/properties/coreos/properties/fleet/properties/authorized_keys_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.authorized_keys_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err134];
}
else {
vErrors.push(err134);
}
errors++;
}
}
if(data124.disable_engine !== undefined){
if(typeof data124.disable_engine !== "boolean"){
const err135 = {instancePath:instancePath+"/coreos/fleet/disable_engine",schemaPath:"#/properties/coreos/properties/fleet/properties/disable_engine/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err135];
}
else {
vErrors.push(err135);
}
errors++;
}
}
if(data124.engine_reconcile_interval !== undefined){
let data128 = data124.engine_reconcile_interval;
if(!((typeof data128 == "number") && (isFinite(data128)))){
const err136 = {instancePath:instancePath+"/coreos/fleet/engine_reconcile_interval",schemaPath:"#/properties/coreos/properties/fleet/properties/engine_reconcile_interval/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err136];
}
else {
vErrors.push(err136);
}
errors++;
}
}
if(data124.etcd_cafile !== undefined){
let data129 = data124.etcd_cafile;
if(((typeof data129 !== "string") && (!((typeof data129 == "number") && (isFinite(data129))))) && (typeof data129 !== "boolean")){
const err137 = {instancePath:instancePath+"/coreos/fleet/etcd_cafile",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_cafile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.etcd_cafile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err137];
}
else {
vErrors.push(err137);
}
errors++;
}
}
if(data124.etcd_certfile !== undefined){
let data130 = data124.etcd_certfile;
if(((typeof data130 !== "string") && (!((typeof data130 == "number") && (isFinite(data130))))) && (typeof data130 !== "boolean")){
const err138 = {instancePath:instancePath+"/coreos/fleet/etcd_certfile",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_certfile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.etcd_certfile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err138];
}
else {
vErrors.push(err138);
}
errors++;
}
}
if(data124.etcd_keyfile !== undefined){
let data131 = data124.etcd_keyfile;
if(((typeof data131 !== "string") && (!((typeof data131 == "number") && (isFinite(data131))))) && (typeof data131 !== "boolean")){
const err139 = {instancePath:instancePath+"/coreos/fleet/etcd_keyfile",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_keyfile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.etcd_keyfile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err139];
}
else {
vErrors.push(err139);
}
errors++;
}
}
if(data124.etcd_key_prefix !== undefined){
let data132 = data124.etcd_key_prefix;
if(((typeof data132 !== "string") && (!((typeof data132 == "number") && (isFinite(data132))))) && (typeof data132 !== "boolean")){
const err140 = {instancePath:instancePath+"/coreos/fleet/etcd_key_prefix",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_key_prefix/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.etcd_key_prefix.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err140];
}
else {
vErrors.push(err140);
}
errors++;
}
}
if(data124.etcd_request_timeout !== undefined){
let data133 = data124.etcd_request_timeout;
if(!((typeof data133 == "number") && (isFinite(data133)))){
const err141 = {instancePath:instancePath+"/coreos/fleet/etcd_request_timeout",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_request_timeout/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err141];
}
else {
vErrors.push(err141);
}
errors++;
}
}
if(data124.etcd_servers !== undefined){
let data134 = data124.etcd_servers;
if(((typeof data134 !== "string") && (!((typeof data134 == "number") && (isFinite(data134))))) && (typeof data134 !== "boolean")){
const err142 = {instancePath:instancePath+"/coreos/fleet/etcd_servers",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_servers/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.etcd_servers.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err142];
}
else {
vErrors.push(err142);
}
errors++;
}
}
if(data124.etcd_username !== undefined){
let data135 = data124.etcd_username;
if(((typeof data135 !== "string") && (!((typeof data135 == "number") && (isFinite(data135))))) && (typeof data135 !== "boolean")){
const err143 = {instancePath:instancePath+"/coreos/fleet/etcd_username",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_username/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.etcd_username.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err143];
}
else {
vErrors.push(err143);
}
errors++;
}
}
if(data124.etcd_password !== undefined){
let data136 = data124.etcd_password;
if(((typeof data136 !== "string") && (!((typeof data136 == "number") && (isFinite(data136))))) && (typeof data136 !== "boolean")){
const err144 = {instancePath:instancePath+"/coreos/fleet/etcd_password",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_password/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.etcd_password.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err144];
}
else {
vErrors.push(err144);
}
errors++;
}
}
if(data124.metadata !== undefined){
let data137 = data124.metadata;
if(((typeof data137 !== "string") && (!((typeof data137 == "number") && (isFinite(data137))))) && (typeof data137 !== "boolean")){
const err145 = {instancePath:instancePath+"/coreos/fleet/metadata",schemaPath:"#/properties/coreos/properties/fleet/properties/metadata/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.metadata.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err145];
}
else {
vErrors.push(err145);
}
errors++;
}
}
if(data124.public_ip !== undefined){
let data138 = data124.public_ip;
if(((typeof data138 !== "string") && (!((typeof data138 == "number") && (isFinite(data138))))) && (typeof data138 !== "boolean")){
const err146 = {instancePath:instancePath+"/coreos/fleet/public_ip",schemaPath:"#/properties/coreos/properties/fleet/properties/public_ip/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.public_ip.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err146];
}
else {
vErrors.push(err146);
}
errors++;
}
}
if(data124.token_limit !== undefined){
let data139 = data124.token_limit;
if(!(((typeof data139 == "number") && (!(data139 % 1) && !isNaN(data139))) && (isFinite(data139)))){
const err147 = {instancePath:instancePath+"/coreos/fleet/token_limit",schemaPath:"#/properties/coreos/properties/fleet/properties/token_limit/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err147];
}
else {
vErrors.push(err147);
}
errors++;
}
}
if(data124.verbosity !== undefined){
let data140 = data124.verbosity;
if(!(((typeof data140 == "number") && (!(data140 % 1) && !isNaN(data140))) && (isFinite(data140)))){
const err148 = {instancePath:instancePath+"/coreos/fleet/verbosity",schemaPath:"#/properties/coreos/properties/fleet/properties/verbosity/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err148];
}
else {
vErrors.push(err148);
}
errors++;
}
}
if(data124.verify_units !== undefined){
if(typeof data124.verify_units !== "boolean"){
const err149 = {instancePath:instancePath+"/coreos/fleet/verify_units",schemaPath:"#/properties/coreos/properties/fleet/properties/verify_units/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err149];
}
else {
vErrors.push(err149);
}
errors++;
}
}
}
else {
const err150 = {instancePath:instancePath+"/coreos/fleet",schemaPath:"#/properties/coreos/properties/fleet/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err150];
}
else {
vErrors.push(err150);
}
errors++;
}
}
if(data31.flannel !== undefined){
let data142 = data31.flannel;
if(data142 && typeof data142 == "object" && !Array.isArray(data142)){
for(const key7 in data142){
if(!(func2.call(schema11.properties.coreos.properties.flannel.properties, key7))){
const err151 = {instancePath:instancePath+"/coreos/flannel",schemaPath:"#/properties/coreos/properties/flannel/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key7},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err151];
}
else {
vErrors.push(err151);
}
errors++;
}
}
if(data142.etcd_endpoints !== undefined){
let data143 = data142.etcd_endpoints;
if(((typeof data143 !== "string") && (!((typeof data143 == "number") && (isFinite(data143))))) && (typeof data143 !== "boolean")){
const err152 = {instancePath:instancePath+"/coreos/flannel/etcd_endpoints",schemaPath:"#/properties/coreos/properties/flannel/properties/etcd_endpoints/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.etcd_endpoints.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err152];
}
else {
vErrors.push(err152);
}
errors++;
}
}
if(data142.etcd_cafile !== undefined){
let data144 = data142.etcd_cafile;
if(((typeof data144 !== "string") && (!((typeof data144 == "number") && (isFinite(data144))))) && (typeof data144 !== "boolean")){
const err153 = {instancePath:instancePath+"/coreos/flannel/etcd_cafile",schemaPath:"#/properties/coreos/properties/flannel/properties/etcd_cafile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.etcd_cafile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err153];
}
else {
vErrors.push(err153);
}
errors++;
}
}
if(data142.etcd_certfile !== undefined){
let data145 = data142.etcd_certfile;
if(((typeof data145 !== "string") && (!((typeof data145 == "number") && (isFinite(data145))))) && (typeof data145 !== "boolean")){
const err154 = {instancePath:instancePath+"/coreos/flannel/etcd_certfile",schemaPath:"#/properties/coreos/properties/flannel/properties/etcd_certfile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.etcd_certfile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err154];
}
else {
vErrors.push(err154);
}
errors++;
}
}
if(data142.etcd_keyfile !== undefined){
let data146 = data142.etcd_keyfile;
if(((typeof data146 !== "string") && (!((typeof data146 == "number") && (isFinite(data146))))) && (typeof data146 !== "boolean")){
const err155 = {instancePath:instancePath+"/coreos/flannel/etcd_keyfile",schemaPath:"#/properties/coreos/properties/flannel/properties/etcd_keyfile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.etcd_keyfile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err155];
}
else {
vErrors.push(err155);
}
errors++;
}
}
if(data142.etcd_prefix !== undefined){
let data147 = data142.etcd_prefix;
if(((typeof data147 !== "string") && (!((typeof data147 == "number") && (isFinite(data147))))) && (typeof data147 !== "boolean")){
const err156 = {instancePath:instancePath+"/coreos/flannel/etcd_prefix",schemaPath:"#/properties/coreos/properties/flannel/properties/etcd_prefix/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.etcd_prefix.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err156];
}
else {
vErrors.push(err156);
}
errors++;
}
}
if(data142.etcd_username !== undefined){
let data148 = data142.etcd_username;
if(((typeof data148 !== "string") && (!((typeof data148 == "number") && (isFinite(data148))))) && (typeof data148 !== "boolean")){
const err157 = {instancePath:instancePath+"/coreos/flannel/etcd_username",schemaPath:"#/properties/coreos/properties/flannel/properties/etcd_username/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.etcd_username.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err157];
}
else {
vErrors.push(err157);
}
errors++;
}
}
if(data142.etcd_password !== undefined){
let data149 = data142.etcd_password;
if(((typeof data149 !== "string") && (!((typeof data149 == "number") && (isFinite(data149))))) && (typeof data149 !== "boolean")){
const err158 = {instancePath:instancePath+"/coreos/flannel/etcd_password",schemaPath:"#/properties/coreos/properties/flannel/properties/etcd_password/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.etcd_password.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err158];
}
else {
vErrors.push(err158);
}
errors++;
}
}
if(data142.ip_masq !== undefined){
let data150 = data142.ip_masq;
if(((typeof data150 !== "string") && (!((typeof data150 == "number") && (isFinite(data150))))) && (typeof data150 !== "boolean")){
const err159 = {instancePath:instancePath+"/coreos/flannel/ip_masq",schemaPath:"#/properties/coreos/properties/flannel/properties/ip_masq/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.ip_masq.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err159];
}
else {
vErrors.push(err159);
}
errors++;
}
}
if(data142.subnet_file !== undefined){
let data151 = data142.subnet_file;
if(((typeof data151 !== "string") && (!((typeof data151 == "number") && (isFinite(data151))))) && (typeof data151 !== "boolean")){
const err160 = {instancePath:instancePath+"/coreos/flannel/subnet_file",schemaPath:"#/properties/coreos/properties/flannel/properties/subnet_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.subnet_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err160];
}
else {
vErrors.push(err160);
}
errors++;
}
}
if(data142.interface !== undefined){
let data152 = data142.interface;
if(((typeof data152 !== "string") && (!((typeof data152 == "number") && (isFinite(data152))))) && (typeof data152 !== "boolean")){
const err161 = {instancePath:instancePath+"/coreos/flannel/interface",schemaPath:"#/properties/coreos/properties/flannel/properties/interface/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.interface.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err161];
}
else {
vErrors.push(err161);
}
errors++;
}
}
if(data142.public_ip !== undefined){
let data153 = data142.public_ip;
if(((typeof data153 !== "string") && (!((typeof data153 == "number") && (isFinite(data153))))) && (typeof data153 !== "boolean")){
const err162 = {instancePath:instancePath+"/coreos/flannel/public_ip",schemaPath:"#/properties/coreos/properties/flannel/properties/public_ip/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.public_ip.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err162];
}
else {
vErrors.push(err162);
}
errors++;
}
}
}
else {
const err163 = {instancePath:instancePath+"/coreos/flannel",schemaPath:"#/properties/coreos/properties/flannel/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err163];
}
else {
vErrors.push(err163);
}
errors++;
}
}
if(data31.locksmith !== undefined){
let data154 = data31.locksmith;
if(data154 && typeof data154 == "object" && !Array.isArray(data154)){
for(const key8 in data154){
if(!(func2.call(schema11.properties.coreos.properties.locksmith.properties, key8))){
const err164 = {instancePath:instancePath+"/coreos/locksmith",schemaPath:"#/properties/coreos/properties/locksmith/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key8},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err164];
}
else {
vErrors.push(err164);
}
errors++;
}
}
if(data154.endpoint !== undefined){
let data155 = data154.endpoint;
if(((typeof data155 !== "string") && (!((typeof data155 == "number") && (isFinite(data155))))) && (typeof data155 !== "boolean")){
const err165 = {instancePath:instancePath+"/coreos/locksmith/endpoint",schemaPath:"#/properties/coreos/properties/locksmith/properties/endpoint/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.endpoint.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err165];
}
else {
vErrors.push(err165);
}
errors++;
}
}
if(data154.etcd_cafile !== undefined){
let data156 = data154.etcd_cafile;
if(((typeof data156 !== "string") && (!((typeof data156 == "number") && (isFinite(data156))))) && (typeof data156 !== "boolean")){
const err166 = {instancePath:instancePath+"/coreos/locksmith/etcd_cafile",schemaPath:"#/properties/coreos/properties/locksmith/properties/etcd_cafile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.etcd_cafile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err166];
}
else {
vErrors.push(err166);
}
errors++;
}
}
if(data154.etcd_certfile !== undefined){
let data157 = data154.etcd_certfile;
if(((typeof data157 !== "string") && (!((typeof data157 == "number") && (isFinite(data157))))) && (typeof data157 !== "boolean")){
const err167 = {instancePath:instancePath+"/coreos/locksmith/etcd_certfile",schemaPath:"#/properties/coreos/properties/locksmith/properties/etcd_certfile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.etcd_certfile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err167];
}
else {
vErrors.push(err167);
}
errors++;
}
}
if(data154.etcd_keyfile !== undefined){
let data158 = data154.etcd_keyfile;
if(((typeof data158 !== "string") && (!((typeof data158 == "number") && (isFinite(data158))))) && (typeof data158 !== "boolean")){
const err168 = {instancePath:instancePath+"/coreos/locksmith/etcd_keyfile",schemaPath:"#/properties/coreos/properties/locksmith/properties/etcd_keyfile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.etcd_keyfile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err168];
}
else {
vErrors.push(err168);
}
errors++;
}
}
if(data154.etcd_username !== undefined){
let data159 = data154.etcd_username;
if(((typeof data159 !== "string") && (!((typeof data159 == "number") && (isFinite(data159))))) && (typeof data159 !== "boolean")){
const err169 = {instancePath:instancePath+"/coreos/locksmith/etcd_username",schemaPath:"#/properties/coreos/properties/locksmith/properties/etcd_username/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.etcd_username.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err169];
}
else {
vErrors.push(err169);
}
errors++;
}
}
if(data154.etcd_password !== undefined){
let data160 = data154.etcd_password;
if(((typeof data160 !== "string") && (!((typeof data160 == "number") && (isFinite(data160))))) && (typeof data160 !== "boolean")){
const err170 = {instancePath:instancePath+"/coreos/locksmith/etcd_password",schemaPath:"#/properties/coreos/properties/locksmith/properties/etcd_password/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.etcd_password.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err170];
}
else {
vErrors.push(err170);
}
errors++;
}
}
if(data154.group !== undefined){
let data161 = data154.group;
if(((typeof data161 !== "string") && (!((typeof data161 == "number") && (isFinite(data161))))) && (typeof data161 !== "boolean")){
const err171 = {instancePath:instancePath+"/coreos/locksmith/group",schemaPath:"#/properties/coreos/properties/locksmith/properties/group/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.group.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err171];
}
else {
vErrors.push(err171);
}
errors++;
}
}
if(data154.window_start !== undefined){
let data162 = data154.window_start;
if(((typeof data162 !== "string") && (!((typeof data162 == "number") && (isFinite(data162))))) && (typeof data162 !== "boolean")){
const err172 = {instancePath:instancePath+"/coreos/locksmith/window_start",schemaPath:"#/properties/coreos/properties/locksmith/properties/window_start/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.window_start.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err172];
}
else {
vErrors.push(err172);
}
errors++;
}
if(typeof data162 === "string"){
if(!pattern1.test(data162)){
const err173 = {instancePath:instancePath+"/coreos/locksmith/window_start",schemaPath:"#/properties/coreos/properties/locksmith/properties/window_start/pattern",keyword:"pattern",params:{pattern: "^(([Ss][Uu][Nn]|[Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt]) )?0*([0-9]|1[0-9]|2[0-3]):0*([0-9]|[1-5][0-9])$"},message:"must match pattern \""+"^(([Ss][Uu][Nn]|[Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt]) )?0*([0-9]|1[0-9]|2[0-3]):0*([0-9]|[1-5][0-9])$"+"\""};
if(vErrors === null){
vErrors = [err173];
}
else {
vErrors.push(err173);
}
errors++;
}
}
}
if(data154.window_length !== undefined){
let data163 = data154.window_length;
if(((typeof data163 !== "string") && (!((typeof data163 == "number") && (isFinite(data163))))) && (typeof data163 !== "boolean")){
const err174 = {instancePath:instancePath+"/coreos/locksmith/window_length",schemaPath:"#/properties/coreos/properties/locksmith/properties/window_length/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.window_length.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err174];
}
else {
vErrors.push(err174);
}
errors++;
}
if(typeof data163 === "string"){
if(!pattern2.test(data163)){
const err175 = {instancePath:instancePath+"/coreos/locksmith/window_length",schemaPath:"#/properties/coreos/properties/locksmith/properties/window_length/pattern",keyword:"pattern",params:{pattern: "^[-+]?([0-9]+(\\.[0-9]*)?[a-z]+|\\.[0-9]+[a-z]+)+$"},message:"must match pattern \""+"^[-+]?([0-9]+(\\.[0-9]*)?[a-z]+|\\.[0-9]+[a-z]+)+$"+"\""};
if(vErrors === null){
vErrors = [err175];
}
else {
vErrors.push(err175);
}
errors++;
}
}
}
}
else {
const err176 = {instancePath:instancePath+"/coreos/locksmith",schemaPath:"#/properties/coreos/properties/locksmith/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err176];
}
else {
vErrors.push(err176);
}
errors++;
}
}
if(data31.update !== undefined){
let data164 = data31.update;
if(data164 && typeof data164 == "object" && !Array.isArray(data164)){
for(const key9 in data164){
if(!(((key9 === "reboot_strategy") || (key9 === "group")) || (key9 === "server"))){
const err177 = {instancePath:instancePath+"/coreos/update",schemaPath:"#/properties/coreos/properties/update/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key9},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err177];
}
else {
vErrors.push(err177);
}
errors++;
}
}
if(data164.reboot_strategy !== undefined){
let data165 = data164.reboot_strategy;
if(!((((data165 === "etcd-lock") || (data165 === "reboot")) || (data165 === "off")) || (data165 === false))){
const err178 = {instancePath:instancePath+"/coreos/update/reboot_strategy",schemaPath:"#/properties/coreos/properties/update/properties/reboot_strategy/enum",keyword:"enum",params:{allowedValues: schema11.properties.coreos.properties.update.properties.reboot_strategy.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err178];
}
else {
vErrors.push(err178);
}
errors++;
}
}
if(data164.group !== undefined){
let data166 = data164.group;
if(((typeof data166 !== "string") && (!((typeof data166 == "number") && (isFinite(data166))))) && (typeof data166 !== "boolean")){
const err179 = {instancePath:instancePath+"/coreos/update/group",schemaPath:"#/properties/coreos/properties/update/properties/group/type",keyword:"type",params:{type: schema11.properties.coreos.properties.update.properties.group.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err179];
}
else {
vErrors.push(err179);
}
errors++;
}
}
if(data164.server !== undefined){
let data167 = data164.server;
if(((typeof data167 !== "string") && (!((typeof data167 == "number") && (isFinite(data167))))) && (typeof data167 !== "boolean")){
const err180 = {instancePath:instancePath+"/coreos/update/server",schemaPath:"#/properties/coreos/properties/update/properties/server/type",keyword:"type",params:{type: schema11.properties.coreos.properties.update.properties.server.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err180];
}
else {
vErrors.push(err180);
}
errors++;
}
}
}
else {
const err181 = {instancePath:instancePath+"/coreos/update",schemaPath:"#/properties/coreos/properties/update/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err181];
}
else {
vErrors.push(err181);
}
errors++;
}
}
if(data31.oem !== undefined){
let data168 = data31.oem;
if(data168 && typeof data168 == "object" && !Array.isArray(data168)){
for(const key10 in data168){
if(!(((((key10 === "id") || (key10 === "name")) || (key10 === "version_id")) || (key10 === "home_url")) || (key10 === "bug_report_url"))){
const err182 = {instancePath:instancePath+"/coreos/oem",schemaPath:"#/properties/coreos/properties/oem/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key10},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err182];
}
else {
vErrors.push(err182);
}
errors++;
}
}
if(data168.id !== undefined){
let data169 = data168.id;
if(((typeof data169 !== "string") && (!((typeof data169 == "number") && (isFinite(data169))))) && (typeof data169 !== "boolean")){
const err183 = {instancePath:instancePath+"/coreos/oem/id",schemaPath:"#/properties/coreos/properties/oem/properties/id/type",keyword:"type",params:{type: schema11.properties.coreos.properties.oem.properties.id.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err183];
}
else {
vErrors.push(err183);
}
errors++;
}
}
if(data168.name !== undefined){
let data170 = data168.name;
if(((typeof data170 !== "string") && (!((typeof data170 == "number") && (isFinite(data170))))) && (typeof data170 !== "boolean")){
const err184 = {instancePath:instancePath+"/coreos/oem/name",schemaPath:"#/properties/coreos/properties/oem/properties/name/type",keyword:"type",params:{type: schema11.properties.coreos.properties.oem.properties.name.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err184];
}
else {
vErrors.push(err184);
}
errors++;
}
}
if(data168.version_id !== undefined){
let data171 = data168.version_id;
if(((typeof data171 !== "string") && (!((typeof data171 == "number") && (isFinite(data171))))) && (typeof data171 !== "boolean")){
const err185 = {instancePath:instancePath+"/coreos/oem/version_id",schemaPath:"#/properties/coreos/properties/oem/properties/version_id/type",keyword:"type",params:{type: schema11.properties.coreos.properties.oem.properties.version_id.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err185];
}
else {
vErrors.push(err185);
}
errors++;
}
}
if(data168.home_url !== undefined){
let data172 = data168.home_url;
if(((typeof data172 !== "string") && (!((typeof data172 == "number") && (isFinite(data172))))) && (typeof data172 !== "boolean")){
const err186 = {instancePath:instancePath+"/coreos/oem/home_url",schemaPath:"#/properties/coreos/properties/oem/properties/home_url/type",keyword:"type",params:{type: schema11.properties.coreos.properties.oem.properties.home_url.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err186];
}
else {
vErrors.push(err186);
}
errors++;
}
}
if(data168.bug_report_url !== undefined){
let data173 = data168.bug_report_url;
if(((typeof data173 !== "string") && (!((typeof data173 == "number") && (isFinite(data173))))) && (typeof data173 !== "boolean")){
const err187 = {instancePath:instancePath+"/coreos/oem/bug_report_url",schemaPath:"#/properties/coreos/properties/oem/properties/bug_report_url/type",keyword:"type",params:{type: schema11.properties.coreos.properties.oem.properties.bug_report_url.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err187];
}
else {
vErrors.push(err187);
}
errors++;
}
}
}
else {
const err188 = {instancePath:instancePath+"/coreos/oem",schemaPath:"#/properties/coreos/properties/oem/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err188];
}
else {
vErrors.push(err188);
}
errors++;
}
}
if(data31.units !== undefined){
let data174 = data31.units;
if(Array.isArray(data174)){
const len6 = data174.length;
for(let i6=0; i6<len6; i6++){
let data175 = data174[i6];
if(data175 && typeof data175 == "object" && !Array.isArray(data175)){
if(data175.name === undefined){
const err189 = {instancePath:instancePath+"/coreos/units/" + i6,schemaPath:"#/properties/coreos/properties/units/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err189];
}
else {
vErrors.push(err189);
}
errors++;
}
for(const key11 in data175){
if(!(((((((key11 === "name") || (key11 === "content")) || (key11 === "enable")) || (key11 === "runtime")) || (key11 === "mask")) || (key11 === "command")) || (key11 === "drop_ins"))){
const err190 = {instancePath:instancePath+"/coreos/units/" + i6,schemaPath:"#/properties/coreos/properties/units/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key11},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err190];
}
else {
vErrors.push(err190);
}
errors++;
}
}
if(data175.name !== undefined){
let data176 = data175.name;
if(((typeof data176 !== "string") && (!((typeof data176 == "number") && (isFinite(data176))))) && (typeof data176 !== "boolean")){
const err191 = {instancePath:instancePath+"/coreos/units/" + i6+"/name",schemaPath:"#/properties/coreos/properties/units/items/properties/name/type",keyword:"type",params:{type: schema11.properties.coreos.properties.units.items.properties.name.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err191];
}
else {
vErrors.push(err191);
}
errors++;
}
}
if(data175.content !== undefined){
let data177 = data175.content;
if(((typeof data177 !== "string") && (!((typeof data177 == "number") && (isFinite(data177))))) && (typeof data177 !== "boolean")){
const err192 = {instancePath:instancePath+"/coreos/units/" + i6+"/content",schemaPath:"#/properties/coreos/properties/units/items/properties/content/type",keyword:"type",params:{type: schema11.properties.coreos.properties.units.items.properties.content.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err192];
}
else {
vErrors.push(err192);
}
errors++;
}
}
if(data175.enable !== undefined){
if(typeof data175.enable !== "boolean"){
const err193 = {instancePath:instancePath+"/coreos/units/" + i6+"/enable",schemaPath:"#/properties/coreos/properties/units/items/properties/enable/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err193];
}
else {
vErrors.push(err193);
}
errors++;
}
}
if(data175.runtime !== undefined){
if(typeof data175.runtime !== "boolean"){
const err194 = {instancePath:instancePath+"/coreos/units/" + i6+"/runtime",schemaPath:"#/properties/coreos/properties/units/items/properties/runtime/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err194];
}
else {
vErrors.push(err194);
}
errors++;
}
}
if(data175.mask !== undefined){
if(typeof data175.mask !== "boolean"){
const err195 = {instancePath:instancePath+"/coreos/units/" + i6+"/mask",schemaPath:"#/properties/coreos/properties/units/items/properties/mask/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err195];
}
else {
vErrors.push(err195);
}
errors++;
}
}
if(data175.command !== undefined){
let data181 = data175.command;
if(!(((((((data181 === "start") || (data181 === "stop")) || (data181 === "restart")) || (data181 === "reload")) || (data181 === "try-restart")) || (data181 === "reload-or-restart")) || (data181 === "reload-or-try-restart"))){
const err196 = {instancePath:instancePath+"/coreos/units/" + i6+"/command",schemaPath:"#/properties/coreos/properties/units/items/properties/command/enum",keyword:"enum",params:{allowedValues: schema11.properties.coreos.properties.units.items.properties.command.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err196];
}
else {
vErrors.push(err196);
}
errors++;
}
}
if(data175.drop_ins !== undefined){
let data182 = data175.drop_ins;
if(Array.isArray(data182)){
const len7 = data182.length;
for(let i7=0; i7<len7; i7++){
let data183 = data182[i7];
if(data183 && typeof data183 == "object" && !Array.isArray(data183)){
if(data183.name === undefined){
const err197 = {instancePath:instancePath+"/coreos/units/" + i6+"/drop_ins/" + i7,schemaPath:"#/properties/coreos/properties/units/items/properties/drop_ins/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err197];
}
else {
vErrors.push(err197);
}
errors++;
}
if(data183.content === undefined){
const err198 = {instancePath:instancePath+"/coreos/units/" + i6+"/drop_ins/" + i7,schemaPath:"#/properties/coreos/properties/units/items/properties/drop_ins/items/required",keyword:"required",params:{missingProperty: "content"},message:"must have required property '"+"content"+"'"};
if(vErrors === null){
vErrors = [err198];
}
else {
vErrors.push(err198);
}
errors++;
}
for(const key12 in data183){
if(!((key12 === "name") || (key12 === "content"))){
const err199 = {instancePath:instancePath+"/coreos/units/" + i6+"/drop_ins/" + i7,schemaPath:"#/properties/coreos/properties/units/items/properties/drop_ins/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key12},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err199];
}
else {
vErrors.push(err199);
}
errors++;
}
}
if(data183.name !== undefined){
let data184 = data183.name;
if(((typeof data184 !== "string") && (!((typeof data184 == "number") && (isFinite(data184))))) && (typeof data184 !== "boolean")){
const err200 = {instancePath:instancePath+"/coreos/units/" + i6+"/drop_ins/" + i7+"/name",schemaPath:"#/properties/coreos/properties/units/items/properties/drop_ins/items/properties/name/type",keyword:"type",params:{type: schema11.properties.coreos.properties.units.items.properties.drop_ins.items.properties.name.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err200];
}
else {
vErrors.push(err200);
}
errors++;
}
}
if(data183.content !== undefined){
let data185 = data183.content;
if(((typeof data185 !== "string") && (!((typeof data185 == "number") && (isFinite(data185))))) && (typeof data185 !== "boolean")){
const err201 = {instancePath:instancePath+"/coreos/units/" + i6+"/drop_ins/" + i7+"/content",schemaPath:"#/properties/coreos/properties/units/items/properties/drop_ins/items/properties/content/type",keyword:"type",params:{type: schema11.properties.coreos.properties.units.items.properties.drop_ins.items.properties.content.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err201];
}
else {
vErrors.push(err201);
}
errors++;
}
}
}
else {
const err202 = {instancePath:instancePath+"/coreos/units/" + i6+"/drop_ins/" + i7,schemaPath:"#/properties/coreos/properties/units/items/properties/drop_ins/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err202];
}
else {
vErrors.push(err202);
}
errors++;
}
}
}
else {
const err203 = {instancePath:instancePath+"/coreos/units/" + i6+"/drop_ins",schemaPath:"#/properties/coreos/properties/units/items/properties/drop_ins/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err203];
}
else {
vErrors.push(err203);
}
errors++;
}
}
}
else {
const err204 = {instancePath:instancePath+"/coreos/units/" + i6,schemaPath:"#/properties/coreos/properties/units/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err204];
}
else {
vErrors.push(err204);
}
errors++;
}
}
}
else {
const err205 = {instancePath:instancePath+"/coreos/units",schemaPath:"#/properties/coreos/properties/units/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err205];
}
else {
vErrors.push(err205);
}
errors++;
}
}
}
else {
const err206 = {instancePath:instancePath+"/coreos",schemaPath:"#/properties/coreos/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err206];
}
else {
vErrors.push(err206);
}
errors++;
}
}
}
else {
const err207 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err207];
}
else {
vErrors.push(err207);
}
errors++;
}
validate10.errors = vErrors;
return errors === 0;
}

export const schema = schema11;
