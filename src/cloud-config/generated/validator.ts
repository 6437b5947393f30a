// Generated from src/cloud-config/validate/schema.json by build/generate.ts.
// @ts-nocheck
"use strict";
export const validate = validate10;
export default validate10;
const schema11 = {"$schema":"http://json-schema.org/draft-07/schema#","title":"cloud-config","description":"A machine's first configuration. In every key `-` may be written for `_`.","type":"object","additionalProperties":false,"x-unsupported":{"packages":"The system is updated as a whole and has no packages: run containers from units, or call the package manager in runcmd.","package_update":"The system is updated as a whole and has no packages: run containers from units, or call the package manager in runcmd.","package_upgrade":"The system is updated as a whole and has no packages: run containers from units, or call the package manager in runcmd.","package_reboot_if_required":"The system is updated as a whole and has no packages: run containers from units, or call the package manager in runcmd.","apt":"The system is updated as a whole and has no packages: run containers from units, or call the package manager in runcmd.","apt_sources":"The system is updated as a whole and has no packages: run containers from units, or call the package manager in runcmd.","yum_repos":"The system is updated as a whole and has no packages: run containers from units, or call the package manager in runcmd.","snap":"The system is updated as a whole and has no packages: run containers from units, or call the package manager in runcmd.","zypper":"The system is updated as a whole and has no packages: run containers from units, or call the package manager in runcmd.","apt_update":"The system is updated as a whole and has no packages: run containers from units, or call the package manager in runcmd.","apt_upgrade":"The system is updated as a whole and has no packages: run containers from units, or call the package manager in runcmd.","swap":"Use a unit under coreos.units: one that makes the file, and one named for it that ends in .swap.","mounts":"Use a unit under coreos.units: a .mount named for the path, enabled.","fs_setup":"Use a unit under coreos.units: a oneshot that runs mkfs before the .mount.","disk_setup":"Use a unit under coreos.units: a oneshot that runs sfdisk before the .mount.","growpart":"The image grows its root by itself; elsewhere enable and start keelson-grow-root.service under coreos.units. Other disks need a unit.","resize_rootfs":"The image grows its root by itself; elsewhere enable and start keelson-grow-root.service under coreos.units.","chpasswd":"Give a hash in passwd of the user.","password":"Give a hash in passwd of the user, made with mkpasswd -m yescrypt.","ssh_pwauth":"Write /etc/ssh/sshd_config.d/10-cloud.conf with write_files.","disable_root":"Write /etc/ssh/sshd_config.d/10-cloud.conf with write_files.","ssh_keys":"Write them to /etc/ssh with write_files.","ssh_deletekeys":"Host keys are made at the first boot.","ssh_genkeytypes":"Host keys are made at the first boot.","ssh_import_id":"Give it in users, with the name of the user.","preserve_hostname":"Leave hostname out to keep the name.","prefer_fqdn_over_hostname":"Give the name that you want in hostname.","manage_resolv_conf":"Write /etc/systemd/resolved.conf.d/10-cloud.conf with write_files.","resolv_conf":"Write /etc/systemd/resolved.conf.d/10-cloud.conf with write_files.","network":"Write .network units under coreos.units.","keyboard":"Write /etc/vconsole.conf with write_files.","final_message":"coreos-cloudinit status says how it went.","output":"All output is in the journal.","power_state":"End runcmd with systemctl reboot or systemctl poweroff.","phone_home":"Call curl in runcmd.","merge_how":"Lists are appended, maps merged, of other values the last one counts.","merge_type":"Lists are appended, maps merged, of other values the last one counts.","cloud_init_modules":"The order is fixed.","cloud_config_modules":"The order is fixed.","cloud_final_modules":"The order is fixed.","datasource":"Sources are chosen by the flags of coreos-cloudinit.","datasource_list":"Sources are chosen by the flags of coreos-cloudinit.","system_info":"It is not supported.","rsyslog":"Write its files with write_files.","puppet":"Run it from a unit.","chef":"Run it from a unit.","salt_minion":"Run it from a unit.","ansible":"Run it from a unit.","write_files_deferred":"Use write_files with defer: true."},"properties":{"hostname":{"description":"The machine's name.","type":["string","number","boolean"],"examples":["web-1"]},"fqdn":{"description":"The machine's full name; used as the hostname when there is no hostname.","type":["string","number","boolean"],"examples":["web.example.org"]},"ssh_authorized_keys":{"description":"Public keys that may log in as the user core.","type":["array","string"],"items":{"type":["string","number","boolean"]},"examples":[["ssh-ed25519 AAAA… me@example.org"]]},"groups":{"description":"Groups to make, before the users: names, or maps of a name to its members.","type":["array","object","string"],"items":{"type":["string","object"],"additionalProperties":{"type":["array","string","null"],"items":{"type":["string","number","boolean"]}}},"additionalProperties":{"type":["array","string","null"],"items":{"type":["string","number","boolean"]}},"examples":[["docker",{"ops":["core"]}]]},"users":{"description":"Users to make or to complete.","type":"array","items":{"description":"One user; a name alone makes the user with nothing but defaults, `default` stands for core.","type":["object","string"],"additionalProperties":false,"properties":{"name":{"description":"The user's name.","type":["string","number","boolean"]},"uid":{"description":"The number of a user that is made. Of one that exists it is not changed.","type":["integer","string"],"examples":[1100]},"passwd":{"description":"A password hash as in /etc/shadow (mkpasswd -m yescrypt); also set when the user exists.","type":["string","number","boolean"],"examples":["$y$j9T$…"]},"hashed_passwd":{"description":"The same as passwd.","type":["string","number","boolean"]},"lock_passwd":{"description":"true: no password lets this user in. SSH keys still do.","type":"boolean"},"gecos":{"description":"The user's full name or comment.","type":["string","number","boolean"]},"homedir":{"description":"The home directory. Default /home/NAME.","type":["string","number","boolean"]},"no_create_home":{"description":"Do not make the home directory.","type":"boolean"},"primary_group":{"description":"The group the user belongs to first; it must exist.","type":["string","number","boolean"]},"groups":{"description":"Further groups, as a list or separated by commas.","type":["array","string"],"items":{"type":["string","number","boolean"]},"examples":["sudo, docker"]},"no_user_group":{"description":"Do not make a group of the user's name.","type":"boolean"},"system":{"description":"Make a system user: a low id, no expiry.","type":"boolean"},"no_log_init":{"description":"Do not add the user to lastlog and faillog.","type":"boolean"},"shell":{"description":"The login shell.","type":["string","number","boolean"],"examples":["/bin/bash"]},"sudo":{"description":"Rules of sudoers for this user, without its name; false or null for none.","type":["array","string","boolean","null"],"items":{"type":["string","number","boolean"]},"examples":["ALL=(ALL) NOPASSWD:ALL"]},"ssh_authorized_keys":{"description":"Public keys that may log in as this user.","type":["array","string"],"items":{"type":["string","number","boolean"]}},"ssh_import_id":{"description":"Public keys to fetch: gh:NAME of GitHub, lp:NAME of Launchpad.","type":["array","string"],"items":{"type":["string","number","boolean"]},"examples":["gh:torvalds"]},"coreos_ssh_import_github":{"description":"A user of GitHub whose public keys may log in as this user.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"trying to fetch from a remote endpoint introduces too many intermittent errors"},"coreos_ssh_import_github_users":{"description":"Users of GitHub whose public keys may log in as this user.","type":"array","items":{"type":["string","number","boolean"]},"deprecated":true,"x-deprecated":"trying to fetch from a remote endpoint introduces too many intermittent errors"},"coreos_ssh_import_url":{"description":"Where to fetch public keys, as JSON: a list of maps with id and key.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"trying to fetch from a remote endpoint introduces too many intermittent errors"}},"required":["name"],"x-unsupported":{"plain_text_passwd":"A password is not taken in plain text: give its hash in passwd, made with mkpasswd -m yescrypt.","expiredate":"Expiry of accounts is not supported; use chage in runcmd.","inactive":"Expiry of accounts is not supported; use chage in runcmd.","selinux_user":"SELinux users are not supported; use semanage in runcmd.","ssh_redirect_user":"It is not supported; give this user no keys instead.","snapuser":"Snap is not supported.","doas":"doas is not supported; use write_files.","create_groups":"Groups are never made by the way; list them in groups at the top level."}}},"user":{"description":"One more user, as in users.","type":["string","object"]},"write_files":{"description":"Files to write.","type":"array","items":{"description":"One file.","type":"object","additionalProperties":false,"properties":{"path":{"description":"Absolute path of the file; parent directories are made as needed.","type":["string","number","boolean"],"examples":["/etc/app.conf"]},"content":{"description":"What the file shall hold.","type":["string","number","boolean"]},"encoding":{"description":"How content is packed. gzip alone is for !!binary; text/plain is not packed.","enum":["base64","b64","gz","gzip","gz+base64","gzip+base64","gz+b64","gzip+b64","text/plain"],"examples":["gzip+base64"]},"permissions":{"description":"Mode in octal, quoted or not: \"0644\". Default 0644.","type":["string","integer"],"examples":["0644"],"x-pattern":"^0?[0-7]{3,4}$"},"owner":{"description":"USER, USER:GROUP or :GROUP, names or numbers. Default root:root.","type":["string","number","boolean"],"examples":["core:core"]},"append":{"description":"Add content to the end of the file instead of replacing it; what is there already is not added again.","type":"boolean"},"defer":{"description":"Write this file after the units instead of before them. Users are made before any file either way.","type":"boolean"},"source":{"description":"Not supported: put the content here, or fetch it in a unit.","type":"object"}},"required":["path"]}},"coreos":{"description":"What belongs to the host layer.","type":"object","additionalProperties":false,"properties":{"etcd":{"description":"etcd 0.4, as environment of etcd.service.","type":"object","additionalProperties":false,"properties":{"addr":{"description":"Becomes ETCD_ADDR in the environment of etcd.service.","type":["string","number","boolean"]},"advertise_client_urls":{"description":"Becomes ETCD_ADVERTISE_CLIENT_URLS in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"bind_addr":{"description":"Becomes ETCD_BIND_ADDR in the environment of etcd.service.","type":["string","number","boolean"]},"ca_file":{"description":"Becomes ETCD_CA_FILE in the environment of etcd.service.","type":["string","number","boolean"]},"cert_file":{"description":"Becomes ETCD_CERT_FILE in the environment of etcd.service.","type":["string","number","boolean"]},"cluster_active_size":{"description":"Becomes ETCD_CLUSTER_ACTIVE_SIZE in the environment of etcd.service.","type":"integer"},"cluster_remove_delay":{"description":"Becomes ETCD_CLUSTER_REMOVE_DELAY in the environment of etcd.service.","type":"number"},"cluster_sync_interval":{"description":"Becomes ETCD_CLUSTER_SYNC_INTERVAL in the environment of etcd.service.","type":"number"},"cors":{"description":"Becomes ETCD_CORS in the environment of etcd.service.","type":["string","number","boolean"]},"data_dir":{"description":"Becomes ETCD_DATA_DIR in the environment of etcd.service.","type":["string","number","boolean"]},"discovery":{"description":"Becomes ETCD_DISCOVERY in the environment of etcd.service.","type":["string","number","boolean"]},"discovery_fallback":{"description":"Becomes ETCD_DISCOVERY_FALLBACK in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"discovery_srv":{"description":"Becomes ETCD_DISCOVERY_SRV in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"discovery_proxy":{"description":"Becomes ETCD_DISCOVERY_PROXY in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"election_timeout":{"description":"Becomes ETCD_ELECTION_TIMEOUT in the environment of etcd.service.","type":"integer","deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"force_new_cluster":{"description":"Becomes ETCD_FORCE_NEW_CLUSTER in the environment of etcd.service.","type":"boolean","deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"graphite_host":{"description":"Becomes ETCD_GRAPHITE_HOST in the environment of etcd.service.","type":["string","number","boolean"]},"heartbeat_interval":{"description":"Becomes ETCD_HEARTBEAT_INTERVAL in the environment of etcd.service.","type":"integer","deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"http_read_timeout":{"description":"Becomes ETCD_HTTP_READ_TIMEOUT in the environment of etcd.service.","type":"number"},"http_write_timeout":{"description":"Becomes ETCD_HTTP_WRITE_TIMEOUT in the environment of etcd.service.","type":"number"},"initial_advertise_peer_urls":{"description":"Becomes ETCD_INITIAL_ADVERTISE_PEER_URLS in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"initial_cluster":{"description":"Becomes ETCD_INITIAL_CLUSTER in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"initial_cluster_state":{"description":"Becomes ETCD_INITIAL_CLUSTER_STATE in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"initial_cluster_token":{"description":"Becomes ETCD_INITIAL_CLUSTER_TOKEN in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"key_file":{"description":"Becomes ETCD_KEY_FILE in the environment of etcd.service.","type":["string","number","boolean"]},"listen_client_urls":{"description":"Becomes ETCD_LISTEN_CLIENT_URLS in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"listen_peer_urls":{"description":"Becomes ETCD_LISTEN_PEER_URLS in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"max_result_buffer":{"description":"Becomes ETCD_MAX_RESULT_BUFFER in the environment of etcd.service.","type":"integer"},"max_retry_attempts":{"description":"Becomes ETCD_MAX_RETRY_ATTEMPTS in the environment of etcd.service.","type":"integer"},"max_snapshots":{"description":"Becomes ETCD_MAX_SNAPSHOTS in the environment of etcd.service.","type":"integer","deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"max_wals":{"description":"Becomes ETCD_MAX_WALS in the environment of etcd.service.","type":"integer","deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"name":{"description":"Becomes ETCD_NAME in the environment of etcd.service.","type":["string","number","boolean"]},"peer_addr":{"description":"Becomes ETCD_PEER_ADDR in the environment of etcd.service.","type":["string","number","boolean"]},"peer_bind_addr":{"description":"Becomes ETCD_PEER_BIND_ADDR in the environment of etcd.service.","type":["string","number","boolean"]},"peer_ca_file":{"description":"Becomes ETCD_PEER_CA_FILE in the environment of etcd.service.","type":["string","number","boolean"]},"peer_cert_file":{"description":"Becomes ETCD_PEER_CERT_FILE in the environment of etcd.service.","type":["string","number","boolean"]},"peer_election_timeout":{"description":"Becomes ETCD_PEER_ELECTION_TIMEOUT in the environment of etcd.service.","type":"integer"},"peer_heartbeat_interval":{"description":"Becomes ETCD_PEER_HEARTBEAT_INTERVAL in the environment of etcd.service.","type":"integer"},"peer_key_file":{"description":"Becomes ETCD_PEER_KEY_FILE in the environment of etcd.service.","type":["string","number","boolean"]},"peers":{"description":"Becomes ETCD_PEERS in the environment of etcd.service.","type":["string","number","boolean"]},"peers_file":{"description":"Becomes ETCD_PEERS_FILE in the environment of etcd.service.","type":["string","number","boolean"]},"proxy":{"description":"Becomes ETCD_PROXY in the environment of etcd.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"etcd2 option, no longer works for etcd"},"retry_interval":{"description":"Becomes ETCD_RETRY_INTERVAL in the environment of etcd.service.","type":"number"},"snapshot":{"description":"Becomes ETCD_SNAPSHOT in the environment of etcd.service.","type":"boolean"},"snapshot_count":{"description":"Becomes ETCD_SNAPSHOTCOUNT in the environment of etcd.service.","type":"integer"},"trace":{"description":"Becomes ETCD_TRACE in the environment of etcd.service.","type":["string","number","boolean"]},"verbose":{"description":"Becomes ETCD_VERBOSE in the environment of etcd.service.","type":"boolean"},"very_verbose":{"description":"Becomes ETCD_VERY_VERBOSE in the environment of etcd.service.","type":"boolean"},"very_very_verbose":{"description":"Becomes ETCD_VERY_VERY_VERBOSE in the environment of etcd.service.","type":"boolean"}},"deprecated":true,"x-deprecated":"no longer shipped in Container Linux"},"etcd2":{"description":"etcd, as environment of etcd2.service.","type":"object","additionalProperties":false,"properties":{"advertise_client_urls":{"description":"Becomes ETCD_ADVERTISE_CLIENT_URLS in the environment of etcd2.service.","type":["string","number","boolean"]},"ca_file":{"description":"Becomes ETCD_CA_FILE in the environment of etcd2.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"ca_file obsoleted by trusted_ca_file and client_cert_auth"},"cert_file":{"description":"Becomes ETCD_CERT_FILE in the environment of etcd2.service.","type":["string","number","boolean"]},"client_cert_auth":{"description":"Becomes ETCD_CLIENT_CERT_AUTH in the environment of etcd2.service.","type":"boolean"},"cors":{"description":"Becomes ETCD_CORS in the environment of etcd2.service.","type":["string","number","boolean"]},"data_dir":{"description":"Becomes ETCD_DATA_DIR in the environment of etcd2.service.","type":["string","number","boolean"]},"debug":{"description":"Becomes ETCD_DEBUG in the environment of etcd2.service.","type":"boolean"},"discovery":{"description":"Becomes ETCD_DISCOVERY in the environment of etcd2.service.","type":["string","number","boolean"]},"discovery_fallback":{"description":"Becomes ETCD_DISCOVERY_FALLBACK in the environment of etcd2.service.","type":["string","number","boolean"]},"discovery_srv":{"description":"Becomes ETCD_DISCOVERY_SRV in the environment of etcd2.service.","type":["string","number","boolean"]},"discovery_proxy":{"description":"Becomes ETCD_DISCOVERY_PROXY in the environment of etcd2.service.","type":["string","number","boolean"]},"election_timeout":{"description":"Becomes ETCD_ELECTION_TIMEOUT in the environment of etcd2.service.","type":"integer"},"enable_pprof":{"description":"Becomes ETCD_ENABLE_PPROF in the environment of etcd2.service.","type":"boolean"},"force_new_cluster":{"description":"Becomes ETCD_FORCE_NEW_CLUSTER in the environment of etcd2.service.","type":"boolean"},"heartbeat_interval":{"description":"Becomes ETCD_HEARTBEAT_INTERVAL in the environment of etcd2.service.","type":"integer"},"initial_advertise_peer_urls":{"description":"Becomes ETCD_INITIAL_ADVERTISE_PEER_URLS in the environment of etcd2.service.","type":["string","number","boolean"]},"initial_cluster":{"description":"Becomes ETCD_INITIAL_CLUSTER in the environment of etcd2.service.","type":["string","number","boolean"]},"initial_cluster_state":{"description":"Becomes ETCD_INITIAL_CLUSTER_STATE in the environment of etcd2.service.","type":["string","number","boolean"]},"initial_cluster_token":{"description":"Becomes ETCD_INITIAL_CLUSTER_TOKEN in the environment of etcd2.service.","type":["string","number","boolean"]},"key_file":{"description":"Becomes ETCD_KEY_FILE in the environment of etcd2.service.","type":["string","number","boolean"]},"listen_client_urls":{"description":"Becomes ETCD_LISTEN_CLIENT_URLS in the environment of etcd2.service.","type":["string","number","boolean"]},"listen_peer_urls":{"description":"Becomes ETCD_LISTEN_PEER_URLS in the environment of etcd2.service.","type":["string","number","boolean"]},"log_package_levels":{"description":"Becomes ETCD_LOG_PACKAGE_LEVELS in the environment of etcd2.service.","type":["string","number","boolean"]},"max_snapshots":{"description":"Becomes ETCD_MAX_SNAPSHOTS in the environment of etcd2.service.","type":"integer"},"max_wals":{"description":"Becomes ETCD_MAX_WALS in the environment of etcd2.service.","type":"integer"},"name":{"description":"Becomes ETCD_NAME in the environment of etcd2.service.","type":["string","number","boolean"]},"peer_ca_file":{"description":"Becomes ETCD_PEER_CA_FILE in the environment of etcd2.service.","type":["string","number","boolean"],"deprecated":true,"x-deprecated":"peer_ca_file obsoleted peer_trusted_ca_file and peer_client_cert_auth"},"peer_cert_file":{"description":"Becomes ETCD_PEER_CERT_FILE in the environment of etcd2.service.","type":["string","number","boolean"]},"peer_key_file":{"description":"Becomes ETCD_PEER_KEY_FILE in the environment of etcd2.service.","type":["string","number","boolean"]},"peer_client_cert_auth":{"description":"Becomes ETCD_PEER_CLIENT_CERT_AUTH in the environment of etcd2.service.","type":"boolean"},"peer_trusted_ca_file":{"description":"Becomes ETCD_PEER_TRUSTED_CA_FILE in the environment of etcd2.service.","type":["string","number","boolean"]},"proxy":{"description":"Becomes ETCD_PROXY in the environment of etcd2.service.","type":["string","number","boolean"],"x-enum":["on","off","readonly",true,false]},"proxy_dial_timeout":{"description":"Becomes ETCD_PROXY_DIAL_TIMEOUT in the environment of etcd2.service.","type":"integer"},"proxy_failure_wait":{"description":"Becomes ETCD_PROXY_FAILURE_WAIT in the environment of etcd2.service.","type":"integer"},"proxy_read_timeout":{"description":"Becomes ETCD_PROXY_READ_TIMEOUT in the environment of etcd2.service.","type":"integer"},"proxy_refresh_interval":{"description":"Becomes ETCD_PROXY_REFRESH_INTERVAL in the environment of etcd2.service.","type":"integer"},"proxy_write_timeout":{"description":"Becomes ETCD_PROXY_WRITE_TIMEOUT in the environment of etcd2.service.","type":"integer"},"snapshot_count":{"description":"Becomes ETCD_SNAPSHOT_COUNT in the environment of etcd2.service.","type":"integer"},"strict_reconfig_check":{"description":"Becomes ETCD_STRICT_RECONFIG_CHECK in the environment of etcd2.service.","type":"boolean"},"trusted_ca_file":{"description":"Becomes ETCD_TRUSTED_CA_FILE in the environment of etcd2.service.","type":["string","number","boolean"]},"wal_dir":{"description":"Becomes ETCD_WAL_DIR in the environment of etcd2.service.","type":["string","number","boolean"]}}},"fleet":{"description":"fleet, as environment of fleet.service.","type":"object","additionalProperties":false,"properties":{"agent_ttl":{"description":"Becomes FLEET_AGENT_TTL in the environment of fleet.service.","type":["string","number","boolean"]},"authorized_keys_file":{"description":"Becomes FLEET_AUTHORIZED_KEYS_FILE in the environment of fleet.service.","type":["string","number","boolean"]},"disable_engine":{"description":"Becomes FLEET_DISABLE_ENGINE in the environment of fleet.service.","type":"boolean"},"engine_reconcile_interval":{"description":"Becomes FLEET_ENGINE_RECONCILE_INTERVAL in the environment of fleet.service.","type":"number"},"etcd_cafile":{"description":"Becomes FLEET_ETCD_CAFILE in the environment of fleet.service.","type":["string","number","boolean"]},"etcd_certfile":{"description":"Becomes FLEET_ETCD_CERTFILE in the environment of fleet.service.","type":["string","number","boolean"]},"etcd_keyfile":{"description":"Becomes FLEET_ETCD_KEYFILE in the environment of fleet.service.","type":["string","number","boolean"]},"etcd_key_prefix":{"description":"Becomes FLEET_ETCD_KEY_PREFIX in the environment of fleet.service.","type":["string","number","boolean"]},"etcd_request_timeout":{"description":"Becomes FLEET_ETCD_REQUEST_TIMEOUT in the environment of fleet.service.","type":"number"},"etcd_servers":{"description":"Becomes FLEET_ETCD_SERVERS in the environment of fleet.service.","type":["string","number","boolean"]},"etcd_username":{"description":"Becomes FLEET_ETCD_USERNAME in the environment of fleet.service.","type":["string","number","boolean"]},"etcd_password":{"description":"Becomes FLEET_ETCD_PASSWORD in the environment of fleet.service.","type":["string","number","boolean"]},"metadata":{"description":"Becomes FLEET_METADATA in the environment of fleet.service.","type":["string","number","boolean"]},"public_ip":{"description":"Becomes FLEET_PUBLIC_IP in the environment of fleet.service.","type":["string","number","boolean"]},"token_limit":{"description":"Becomes FLEET_TOKEN_LIMIT in the environment of fleet.service.","type":"integer"},"verbosity":{"description":"Becomes FLEET_VERBOSITY in the environment of fleet.service.","type":"integer"},"verify_units":{"description":"Becomes FLEET_VERIFY_UNITS in the environment of fleet.service.","type":"boolean"}}},"flannel":{"description":"flannel's options.","type":"object","additionalProperties":false,"properties":{"etcd_endpoints":{"description":"Becomes FLANNELD_ETCD_ENDPOINTS in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"etcd_cafile":{"description":"Becomes FLANNELD_ETCD_CAFILE in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"etcd_certfile":{"description":"Becomes FLANNELD_ETCD_CERTFILE in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"etcd_keyfile":{"description":"Becomes FLANNELD_ETCD_KEYFILE in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"etcd_prefix":{"description":"Becomes FLANNELD_ETCD_PREFIX in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"etcd_username":{"description":"Becomes FLANNELD_ETCD_USERNAME in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"etcd_password":{"description":"Becomes FLANNELD_ETCD_PASSWORD in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"ip_masq":{"description":"Becomes FLANNELD_IP_MASQ in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"subnet_file":{"description":"Becomes FLANNELD_SUBNET_FILE in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"interface":{"description":"Becomes FLANNELD_IFACE in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]},"public_ip":{"description":"Becomes FLANNELD_PUBLIC_IP in the environment of flanneld.service, by /run/flannel/options.env.","type":["string","number","boolean"]}}},"locksmith":{"description":"locksmith, as environment of locksmithd.service.","type":"object","additionalProperties":false,"properties":{"endpoint":{"description":"Becomes LOCKSMITHD_ENDPOINT in the environment of locksmithd.service.","type":["string","number","boolean"]},"etcd_cafile":{"description":"Becomes LOCKSMITHD_ETCD_CAFILE in the environment of locksmithd.service.","type":["string","number","boolean"]},"etcd_certfile":{"description":"Becomes LOCKSMITHD_ETCD_CERTFILE in the environment of locksmithd.service.","type":["string","number","boolean"]},"etcd_keyfile":{"description":"Becomes LOCKSMITHD_ETCD_KEYFILE in the environment of locksmithd.service.","type":["string","number","boolean"]},"etcd_username":{"description":"Becomes LOCKSMITHD_ETCD_USERNAME in the environment of locksmithd.service.","type":["string","number","boolean"]},"etcd_password":{"description":"Becomes LOCKSMITHD_ETCD_PASSWORD in the environment of locksmithd.service.","type":["string","number","boolean"]},"group":{"description":"Becomes LOCKSMITHD_GROUP in the environment of locksmithd.service.","type":["string","number","boolean"]},"window_start":{"description":"Becomes REBOOT_WINDOW_START in the environment of locksmithd.service.","type":["string","number","boolean"],"examples":["Thu 04:00","04:00"],"x-pattern":"^(([Ss][Uu][Nn]|[Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt]) )?0*([0-9]|1[0-9]|2[0-3]):0*([0-9]|[1-5][0-9])$"},"window_length":{"description":"Becomes REBOOT_WINDOW_LENGTH in the environment of locksmithd.service.","type":["string","number","boolean"],"examples":["1h30m","45m"],"x-pattern":"^[-+]?([0-9]*(\\.[0-9]*)?[a-z])+$"},"after_failed_update":{"description":"keep or release: the lock, when the machine is back on its old system. Becomes LOCKSMITHD_AFTER_FAILED_UPDATE in the environment of locksmithd.service.","type":["string","number","boolean"]},"drain":{"description":"Whether fleet is asked to move its units first. Becomes LOCKSMITHD_DRAIN in the environment of locksmithd.service.","type":["string","number","boolean"]},"etcd_api":{"description":"Where the lock is kept: auto, v2 or v3, alike on all machines. Becomes LOCKSMITHD_ETCD_API in the environment of locksmithd.service.","type":["string","number","boolean"],"examples":["v3"]},"etcd_prefix":{"description":"Of the keys of version 3. Becomes LOCKSMITHD_ETCD_PREFIX in the environment of locksmithd.service.","type":["string","number","boolean"]},"fleetlock_cafile":{"description":"Becomes LOCKSMITHD_FLEETLOCK_CAFILE in the environment of locksmithd.service.","type":["string","number","boolean"]},"fleetlock_certfile":{"description":"Becomes LOCKSMITHD_FLEETLOCK_CERTFILE in the environment of locksmithd.service.","type":["string","number","boolean"]},"fleetlock_keyfile":{"description":"Becomes LOCKSMITHD_FLEETLOCK_KEYFILE in the environment of locksmithd.service.","type":["string","number","boolean"]},"fleetlock_url":{"description":"Base URL of the server, with the strategy fleet-lock. Becomes LOCKSMITHD_FLEETLOCK_URL in the environment of locksmithd.service.","type":["string","number","boolean"],"examples":["https://airlock.example:3333"]},"lock_ttl":{"description":"A holder that is not heard of for so long has died. Becomes LOCKSMITHD_LOCK_TTL in the environment of locksmithd.service.","type":["string","number","boolean"],"examples":["30m"]},"login_warning":{"description":"How long before the reboot those who are logged in are told. Becomes LOCKSMITHD_LOGIN_WARNING in the environment of locksmithd.service.","type":["string","number","boolean"]},"reboot_except":{"description":"When not to reboot. Becomes LOCKSMITHD_REBOOT_EXCEPT in the environment of locksmithd.service.","type":["string","number","boolean"],"examples":["12-20..01-05"]},"reboot_fuzz":{"description":"By how much at most this machine begins later than its window. Becomes LOCKSMITHD_REBOOT_FUZZ in the environment of locksmithd.service.","type":["string","number","boolean"]},"reboot_required":{"description":"Whether to reboot for /run/reboot-required, too. Becomes LOCKSMITHD_REBOOT_REQUIRED in the environment of locksmithd.service.","type":["string","number","boolean"]},"reboot_windows":{"description":"Several windows, or calendar events. Becomes LOCKSMITHD_REBOOT_WINDOWS in the environment of locksmithd.service.","type":["string","number","boolean"],"examples":["Mon..Fri *-*-* 02:00 1h; Sun 04:00 2h"]},"reboot_zone":{"description":"The time zone of all windows that name none. Becomes LOCKSMITHD_REBOOT_ZONE in the environment of locksmithd.service.","type":["string","number","boolean"],"examples":["Europe/Berlin"]}}},"update":{"description":"Updates of the operating system: /etc/coreos/update.conf.","type":"object","additionalProperties":false,"properties":{"reboot_strategy":{"description":"When to reboot into an update: etcd-lock and fleet-lock take a lock first, reboot does it at once, off never.","enum":["etcd-lock","fleet-lock","reboot","off",false],"x-former":{"best-effort":"It was right until 2017, and is used: etcd-lock where etcd runs, else reboot."}},"group":{"description":"The release channel.","type":["string","number","boolean"]},"server":{"description":"URL of the update server.","type":["string","number","boolean"]}}},"oem":{"description":"The maker of the machine: /etc/oem-release.","type":"object","additionalProperties":false,"properties":{"id":{"description":"Short name; without it nothing is written.","type":["string","number","boolean"]},"name":{"description":"Full name.","type":["string","number","boolean"]},"version_id":{"description":"Version.","type":["string","number","boolean"]},"home_url":{"description":"Home page.","type":["string","number","boolean"]},"bug_report_url":{"description":"Where to report bugs.","type":["string","number","boolean"]}}},"units":{"description":"systemd units.","type":"array","items":{"description":"One unit.","type":"object","additionalProperties":false,"properties":{"name":{"description":"The unit's whole name, with its suffix: docker.service; or UNIT.d/NAME.conf for a drop-in.","type":["string","number","boolean"]},"content":{"description":"The unit file.","type":["string","number","boolean"]},"enable":{"description":"Enable the unit as its [Install] section says.","type":"boolean"},"runtime":{"description":"Write to /run instead of /etc: gone at the next boot.","type":"boolean"},"mask":{"description":"Link the unit to /dev/null, so that nothing can start it.","type":"boolean"},"command":{"description":"What to do with the unit once everything is written.","enum":["start","stop","restart","reload","try-restart","reload-or-restart","reload-or-try-restart"]},"drop_ins":{"description":"Pieces of configuration laid over the unit: NAME.d/*.conf.","type":"array","items":{"description":"One drop-in.","type":"object","additionalProperties":false,"properties":{"name":{"description":"File name, ending in .conf.","type":["string","number","boolean"]},"content":{"description":"The drop-in.","type":["string","number","boolean"]}},"required":["name","content"]}}},"required":["name"]}}}},"manage_etc_hosts":{"description":"localhost: the machine's own name resolves to the loopback address.","enum":["localhost"]},"timezone":{"description":"The time zone, as a path below /usr/share/zoneinfo.","type":["string","number","boolean"],"examples":["Europe/Berlin"]},"locale":{"description":"The locale of the system: LANG in /etc/locale.conf.","type":["string","number","boolean"],"examples":["de_DE.UTF-8"]},"ntp":{"description":"Where systemd-timesyncd gets the time.","type":["object","null"],"additionalProperties":false,"properties":{"enabled":{"description":"false: leave the time alone. Default true.","type":"boolean"},"servers":{"description":"Names or addresses of time servers.","type":["array","string"],"items":{"type":["string","number","boolean"]},"examples":[["time1.example.org"]]},"pools":{"description":"Names that stand for many time servers; used like servers.","type":["array","string"],"items":{"type":["string","number","boolean"]},"examples":[["pool.ntp.org"]]},"ntp_client":{"description":"Only systemd-timesyncd is driven.","enum":["auto","systemd-timesyncd"]}},"x-unsupported":{"config":"Only servers and pools are supported; write the configuration of another client with write_files.","peers":"systemd-timesyncd knows no peers; name them as servers.","allow":"systemd-timesyncd serves nobody."}},"ca_certs":{"description":"Certificates of authorities that this machine trusts.","type":"object","additionalProperties":false,"properties":{"trusted":{"description":"Certificates in PEM form to trust besides the others.","type":["array","string"],"items":{"type":"string"}},"remove_defaults":{"description":"Trust none of the certificates that the system came with.","type":"boolean"}}},"bootcmd":{"description":"Commands that run at every boot, in order, before files are written and services start.","type":"array","items":{"description":"A line for sh, or a program with its arguments as a list.","type":["string","array","number","boolean","null"],"items":{"type":["string","number","boolean"]}},"examples":[["echo hello",["touch","/run/booted"]]]},"runcmd":{"description":"Commands that run once per instance, in order, after everything else and with the network up; see journalctl -t coreos-cloudinit-runcmd.","type":"array","items":{"description":"A line for sh, or a program with its arguments as a list.","type":["string","array","number","boolean","null"],"items":{"type":["string","number","boolean"]}},"examples":[["systemctl restart app",["touch","/var/lib/done"]]]}}};
const func2 = Object.prototype.hasOwnProperty;

function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!(func2.call(schema11.properties, key0))){
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
if(data.fqdn !== undefined){
let data1 = data.fqdn;
if(((typeof data1 !== "string") && (!((typeof data1 == "number") && (isFinite(data1))))) && (typeof data1 !== "boolean")){
const err2 = {instancePath:instancePath+"/fqdn",schemaPath:"#/properties/fqdn/type",keyword:"type",params:{type: schema11.properties.fqdn.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.ssh_authorized_keys !== undefined){
let data2 = data.ssh_authorized_keys;
if((!(Array.isArray(data2))) && (typeof data2 !== "string")){
const err3 = {instancePath:instancePath+"/ssh_authorized_keys",schemaPath:"#/properties/ssh_authorized_keys/type",keyword:"type",params:{type: schema11.properties.ssh_authorized_keys.type},message:"must be array,string"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(Array.isArray(data2)){
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
let data3 = data2[i0];
if(((typeof data3 !== "string") && (!((typeof data3 == "number") && (isFinite(data3))))) && (typeof data3 !== "boolean")){
const err4 = {instancePath:instancePath+"/ssh_authorized_keys/" + i0,schemaPath:"#/properties/ssh_authorized_keys/items/type",keyword:"type",params:{type: schema11.properties.ssh_authorized_keys.items.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
}
if(data.groups !== undefined){
let data4 = data.groups;
if((!data4 || typeof data4 != "object") && (typeof data4 !== "string")){
const err5 = {instancePath:instancePath+"/groups",schemaPath:"#/properties/groups/type",keyword:"type",params:{type: schema11.properties.groups.type},message:"must be array,object,string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(Array.isArray(data4)){
const len1 = data4.length;
for(let i1=0; i1<len1; i1++){
let data5 = data4[i1];
if((typeof data5 !== "string") && (!(data5 && typeof data5 == "object" && !Array.isArray(data5)))){
const err6 = {instancePath:instancePath+"/groups/" + i1,schemaPath:"#/properties/groups/items/type",keyword:"type",params:{type: schema11.properties.groups.items.type},message:"must be string,object"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data5 && typeof data5 == "object" && !Array.isArray(data5)){
for(const key1 in data5){
let data6 = data5[key1];
if(((!(Array.isArray(data6))) && (typeof data6 !== "string")) && (data6 !== null)){
const err7 = {instancePath:instancePath+"/groups/" + i1+"/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/groups/items/additionalProperties/type",keyword:"type",params:{type: schema11.properties.groups.items.additionalProperties.type},message:"must be array,string,null"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(Array.isArray(data6)){
const len2 = data6.length;
for(let i2=0; i2<len2; i2++){
let data7 = data6[i2];
if(((typeof data7 !== "string") && (!((typeof data7 == "number") && (isFinite(data7))))) && (typeof data7 !== "boolean")){
const err8 = {instancePath:instancePath+"/groups/" + i1+"/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i2,schemaPath:"#/properties/groups/items/additionalProperties/items/type",keyword:"type",params:{type: schema11.properties.groups.items.additionalProperties.items.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
}
}
}
}
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
for(const key2 in data4){
let data8 = data4[key2];
if(((!(Array.isArray(data8))) && (typeof data8 !== "string")) && (data8 !== null)){
const err9 = {instancePath:instancePath+"/groups/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/groups/additionalProperties/type",keyword:"type",params:{type: schema11.properties.groups.additionalProperties.type},message:"must be array,string,null"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(Array.isArray(data8)){
const len3 = data8.length;
for(let i3=0; i3<len3; i3++){
let data9 = data8[i3];
if(((typeof data9 !== "string") && (!((typeof data9 == "number") && (isFinite(data9))))) && (typeof data9 !== "boolean")){
const err10 = {instancePath:instancePath+"/groups/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i3,schemaPath:"#/properties/groups/additionalProperties/items/type",keyword:"type",params:{type: schema11.properties.groups.additionalProperties.items.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
}
}
}
if(data.users !== undefined){
let data10 = data.users;
if(Array.isArray(data10)){
const len4 = data10.length;
for(let i4=0; i4<len4; i4++){
let data11 = data10[i4];
if((!(data11 && typeof data11 == "object" && !Array.isArray(data11))) && (typeof data11 !== "string")){
const err11 = {instancePath:instancePath+"/users/" + i4,schemaPath:"#/properties/users/items/type",keyword:"type",params:{type: schema11.properties.users.items.type},message:"must be object,string"};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if(data11 && typeof data11 == "object" && !Array.isArray(data11)){
if(data11.name === undefined){
const err12 = {instancePath:instancePath+"/users/" + i4,schemaPath:"#/properties/users/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
for(const key3 in data11){
if(!(func2.call(schema11.properties.users.items.properties, key3))){
const err13 = {instancePath:instancePath+"/users/" + i4,schemaPath:"#/properties/users/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
if(data11.name !== undefined){
let data12 = data11.name;
if(((typeof data12 !== "string") && (!((typeof data12 == "number") && (isFinite(data12))))) && (typeof data12 !== "boolean")){
const err14 = {instancePath:instancePath+"/users/" + i4+"/name",schemaPath:"#/properties/users/items/properties/name/type",keyword:"type",params:{type: schema11.properties.users.items.properties.name.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data11.uid !== undefined){
let data13 = data11.uid;
if((!(((typeof data13 == "number") && (!(data13 % 1) && !isNaN(data13))) && (isFinite(data13)))) && (typeof data13 !== "string")){
const err15 = {instancePath:instancePath+"/users/" + i4+"/uid",schemaPath:"#/properties/users/items/properties/uid/type",keyword:"type",params:{type: schema11.properties.users.items.properties.uid.type},message:"must be integer,string"};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data11.passwd !== undefined){
let data14 = data11.passwd;
if(((typeof data14 !== "string") && (!((typeof data14 == "number") && (isFinite(data14))))) && (typeof data14 !== "boolean")){
const err16 = {instancePath:instancePath+"/users/" + i4+"/passwd",schemaPath:"#/properties/users/items/properties/passwd/type",keyword:"type",params:{type: schema11.properties.users.items.properties.passwd.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
if(data11.hashed_passwd !== undefined){
let data15 = data11.hashed_passwd;
if(((typeof data15 !== "string") && (!((typeof data15 == "number") && (isFinite(data15))))) && (typeof data15 !== "boolean")){
const err17 = {instancePath:instancePath+"/users/" + i4+"/hashed_passwd",schemaPath:"#/properties/users/items/properties/hashed_passwd/type",keyword:"type",params:{type: schema11.properties.users.items.properties.hashed_passwd.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data11.lock_passwd !== undefined){
if(typeof data11.lock_passwd !== "boolean"){
const err18 = {instancePath:instancePath+"/users/" + i4+"/lock_passwd",schemaPath:"#/properties/users/items/properties/lock_passwd/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
if(data11.gecos !== undefined){
let data17 = data11.gecos;
if(((typeof data17 !== "string") && (!((typeof data17 == "number") && (isFinite(data17))))) && (typeof data17 !== "boolean")){
const err19 = {instancePath:instancePath+"/users/" + i4+"/gecos",schemaPath:"#/properties/users/items/properties/gecos/type",keyword:"type",params:{type: schema11.properties.users.items.properties.gecos.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
if(data11.homedir !== undefined){
let data18 = data11.homedir;
if(((typeof data18 !== "string") && (!((typeof data18 == "number") && (isFinite(data18))))) && (typeof data18 !== "boolean")){
const err20 = {instancePath:instancePath+"/users/" + i4+"/homedir",schemaPath:"#/properties/users/items/properties/homedir/type",keyword:"type",params:{type: schema11.properties.users.items.properties.homedir.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data11.no_create_home !== undefined){
if(typeof data11.no_create_home !== "boolean"){
const err21 = {instancePath:instancePath+"/users/" + i4+"/no_create_home",schemaPath:"#/properties/users/items/properties/no_create_home/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
if(data11.primary_group !== undefined){
let data20 = data11.primary_group;
if(((typeof data20 !== "string") && (!((typeof data20 == "number") && (isFinite(data20))))) && (typeof data20 !== "boolean")){
const err22 = {instancePath:instancePath+"/users/" + i4+"/primary_group",schemaPath:"#/properties/users/items/properties/primary_group/type",keyword:"type",params:{type: schema11.properties.users.items.properties.primary_group.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
if(data11.groups !== undefined){
let data21 = data11.groups;
if((!(Array.isArray(data21))) && (typeof data21 !== "string")){
const err23 = {instancePath:instancePath+"/users/" + i4+"/groups",schemaPath:"#/properties/users/items/properties/groups/type",keyword:"type",params:{type: schema11.properties.users.items.properties.groups.type},message:"must be array,string"};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
if(Array.isArray(data21)){
const len5 = data21.length;
for(let i5=0; i5<len5; i5++){
let data22 = data21[i5];
if(((typeof data22 !== "string") && (!((typeof data22 == "number") && (isFinite(data22))))) && (typeof data22 !== "boolean")){
const err24 = {instancePath:instancePath+"/users/" + i4+"/groups/" + i5,schemaPath:"#/properties/users/items/properties/groups/items/type",keyword:"type",params:{type: schema11.properties.users.items.properties.groups.items.type},message:"must be string,number,boolean"};
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
}
if(data11.no_user_group !== undefined){
if(typeof data11.no_user_group !== "boolean"){
const err25 = {instancePath:instancePath+"/users/" + i4+"/no_user_group",schemaPath:"#/properties/users/items/properties/no_user_group/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
if(data11.system !== undefined){
if(typeof data11.system !== "boolean"){
const err26 = {instancePath:instancePath+"/users/" + i4+"/system",schemaPath:"#/properties/users/items/properties/system/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
if(data11.no_log_init !== undefined){
if(typeof data11.no_log_init !== "boolean"){
const err27 = {instancePath:instancePath+"/users/" + i4+"/no_log_init",schemaPath:"#/properties/users/items/properties/no_log_init/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data11.shell !== undefined){
let data26 = data11.shell;
if(((typeof data26 !== "string") && (!((typeof data26 == "number") && (isFinite(data26))))) && (typeof data26 !== "boolean")){
const err28 = {instancePath:instancePath+"/users/" + i4+"/shell",schemaPath:"#/properties/users/items/properties/shell/type",keyword:"type",params:{type: schema11.properties.users.items.properties.shell.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
if(data11.sudo !== undefined){
let data27 = data11.sudo;
if((((!(Array.isArray(data27))) && (typeof data27 !== "string")) && (typeof data27 !== "boolean")) && (data27 !== null)){
const err29 = {instancePath:instancePath+"/users/" + i4+"/sudo",schemaPath:"#/properties/users/items/properties/sudo/type",keyword:"type",params:{type: schema11.properties.users.items.properties.sudo.type},message:"must be array,string,boolean,null"};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
if(Array.isArray(data27)){
const len6 = data27.length;
for(let i6=0; i6<len6; i6++){
let data28 = data27[i6];
if(((typeof data28 !== "string") && (!((typeof data28 == "number") && (isFinite(data28))))) && (typeof data28 !== "boolean")){
const err30 = {instancePath:instancePath+"/users/" + i4+"/sudo/" + i6,schemaPath:"#/properties/users/items/properties/sudo/items/type",keyword:"type",params:{type: schema11.properties.users.items.properties.sudo.items.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
}
}
}
if(data11.ssh_authorized_keys !== undefined){
let data29 = data11.ssh_authorized_keys;
if((!(Array.isArray(data29))) && (typeof data29 !== "string")){
const err31 = {instancePath:instancePath+"/users/" + i4+"/ssh_authorized_keys",schemaPath:"#/properties/users/items/properties/ssh_authorized_keys/type",keyword:"type",params:{type: schema11.properties.users.items.properties.ssh_authorized_keys.type},message:"must be array,string"};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
if(Array.isArray(data29)){
const len7 = data29.length;
for(let i7=0; i7<len7; i7++){
let data30 = data29[i7];
if(((typeof data30 !== "string") && (!((typeof data30 == "number") && (isFinite(data30))))) && (typeof data30 !== "boolean")){
const err32 = {instancePath:instancePath+"/users/" + i4+"/ssh_authorized_keys/" + i7,schemaPath:"#/properties/users/items/properties/ssh_authorized_keys/items/type",keyword:"type",params:{type: schema11.properties.users.items.properties.ssh_authorized_keys.items.type},message:"must be string,number,boolean"};
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
}
if(data11.ssh_import_id !== undefined){
let data31 = data11.ssh_import_id;
if((!(Array.isArray(data31))) && (typeof data31 !== "string")){
const err33 = {instancePath:instancePath+"/users/" + i4+"/ssh_import_id",schemaPath:"#/properties/users/items/properties/ssh_import_id/type",keyword:"type",params:{type: schema11.properties.users.items.properties.ssh_import_id.type},message:"must be array,string"};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
if(Array.isArray(data31)){
const len8 = data31.length;
for(let i8=0; i8<len8; i8++){
let data32 = data31[i8];
if(((typeof data32 !== "string") && (!((typeof data32 == "number") && (isFinite(data32))))) && (typeof data32 !== "boolean")){
const err34 = {instancePath:instancePath+"/users/" + i4+"/ssh_import_id/" + i8,schemaPath:"#/properties/users/items/properties/ssh_import_id/items/type",keyword:"type",params:{type: schema11.properties.users.items.properties.ssh_import_id.items.type},message:"must be string,number,boolean"};
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
}
if(data11.coreos_ssh_import_github !== undefined){
let data33 = data11.coreos_ssh_import_github;
if(((typeof data33 !== "string") && (!((typeof data33 == "number") && (isFinite(data33))))) && (typeof data33 !== "boolean")){
const err35 = {instancePath:instancePath+"/users/" + i4+"/coreos_ssh_import_github",schemaPath:"#/properties/users/items/properties/coreos_ssh_import_github/type",keyword:"type",params:{type: schema11.properties.users.items.properties.coreos_ssh_import_github.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
}
if(data11.coreos_ssh_import_github_users !== undefined){
let data34 = data11.coreos_ssh_import_github_users;
if(Array.isArray(data34)){
const len9 = data34.length;
for(let i9=0; i9<len9; i9++){
let data35 = data34[i9];
if(((typeof data35 !== "string") && (!((typeof data35 == "number") && (isFinite(data35))))) && (typeof data35 !== "boolean")){
const err36 = {instancePath:instancePath+"/users/" + i4+"/coreos_ssh_import_github_users/" + i9,schemaPath:"#/properties/users/items/properties/coreos_ssh_import_github_users/items/type",keyword:"type",params:{type: schema11.properties.users.items.properties.coreos_ssh_import_github_users.items.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
}
else {
const err37 = {instancePath:instancePath+"/users/" + i4+"/coreos_ssh_import_github_users",schemaPath:"#/properties/users/items/properties/coreos_ssh_import_github_users/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
}
if(data11.coreos_ssh_import_url !== undefined){
let data36 = data11.coreos_ssh_import_url;
if(((typeof data36 !== "string") && (!((typeof data36 == "number") && (isFinite(data36))))) && (typeof data36 !== "boolean")){
const err38 = {instancePath:instancePath+"/users/" + i4+"/coreos_ssh_import_url",schemaPath:"#/properties/users/items/properties/coreos_ssh_import_url/type",keyword:"type",params:{type: schema11.properties.users.items.properties.coreos_ssh_import_url.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
}
}
}
else {
const err39 = {instancePath:instancePath+"/users",schemaPath:"#/properties/users/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
if(data.user !== undefined){
let data37 = data.user;
if((typeof data37 !== "string") && (!(data37 && typeof data37 == "object" && !Array.isArray(data37)))){
const err40 = {instancePath:instancePath+"/user",schemaPath:"#/properties/user/type",keyword:"type",params:{type: schema11.properties.user.type},message:"must be string,object"};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
}
if(data.write_files !== undefined){
let data38 = data.write_files;
if(Array.isArray(data38)){
const len10 = data38.length;
for(let i10=0; i10<len10; i10++){
let data39 = data38[i10];
if(data39 && typeof data39 == "object" && !Array.isArray(data39)){
if(data39.path === undefined){
const err41 = {instancePath:instancePath+"/write_files/" + i10,schemaPath:"#/properties/write_files/items/required",keyword:"required",params:{missingProperty: "path"},message:"must have required property '"+"path"+"'"};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
for(const key4 in data39){
if(!((((((((key4 === "path") || (key4 === "content")) || (key4 === "encoding")) || (key4 === "permissions")) || (key4 === "owner")) || (key4 === "append")) || (key4 === "defer")) || (key4 === "source"))){
const err42 = {instancePath:instancePath+"/write_files/" + i10,schemaPath:"#/properties/write_files/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key4},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
}
if(data39.path !== undefined){
let data40 = data39.path;
if(((typeof data40 !== "string") && (!((typeof data40 == "number") && (isFinite(data40))))) && (typeof data40 !== "boolean")){
const err43 = {instancePath:instancePath+"/write_files/" + i10+"/path",schemaPath:"#/properties/write_files/items/properties/path/type",keyword:"type",params:{type: schema11.properties.write_files.items.properties.path.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
}
if(data39.content !== undefined){
let data41 = data39.content;
if(((typeof data41 !== "string") && (!((typeof data41 == "number") && (isFinite(data41))))) && (typeof data41 !== "boolean")){
const err44 = {instancePath:instancePath+"/write_files/" + i10+"/content",schemaPath:"#/properties/write_files/items/properties/content/type",keyword:"type",params:{type: schema11.properties.write_files.items.properties.content.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
}
if(data39.encoding !== undefined){
let data42 = data39.encoding;
if(!(((((((((data42 === "base64") || (data42 === "b64")) || (data42 === "gz")) || (data42 === "gzip")) || (data42 === "gz+base64")) || (data42 === "gzip+base64")) || (data42 === "gz+b64")) || (data42 === "gzip+b64")) || (data42 === "text/plain"))){
const err45 = {instancePath:instancePath+"/write_files/" + i10+"/encoding",schemaPath:"#/properties/write_files/items/properties/encoding/enum",keyword:"enum",params:{allowedValues: schema11.properties.write_files.items.properties.encoding.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
}
if(data39.permissions !== undefined){
let data43 = data39.permissions;
if((typeof data43 !== "string") && (!(((typeof data43 == "number") && (!(data43 % 1) && !isNaN(data43))) && (isFinite(data43))))){
const err46 = {instancePath:instancePath+"/write_files/" + i10+"/permissions",schemaPath:"#/properties/write_files/items/properties/permissions/type",keyword:"type",params:{type: schema11.properties.write_files.items.properties.permissions.type},message:"must be string,integer"};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
}
if(data39.owner !== undefined){
let data44 = data39.owner;
if(((typeof data44 !== "string") && (!((typeof data44 == "number") && (isFinite(data44))))) && (typeof data44 !== "boolean")){
const err47 = {instancePath:instancePath+"/write_files/" + i10+"/owner",schemaPath:"#/properties/write_files/items/properties/owner/type",keyword:"type",params:{type: schema11.properties.write_files.items.properties.owner.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
}
if(data39.append !== undefined){
if(typeof data39.append !== "boolean"){
const err48 = {instancePath:instancePath+"/write_files/" + i10+"/append",schemaPath:"#/properties/write_files/items/properties/append/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
}
if(data39.defer !== undefined){
if(typeof data39.defer !== "boolean"){
const err49 = {instancePath:instancePath+"/write_files/" + i10+"/defer",schemaPath:"#/properties/write_files/items/properties/defer/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
}
if(data39.source !== undefined){
let data47 = data39.source;
if(!(data47 && typeof data47 == "object" && !Array.isArray(data47))){
const err50 = {instancePath:instancePath+"/write_files/" + i10+"/source",schemaPath:"#/properties/write_files/items/properties/source/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
}
}
else {
const err51 = {instancePath:instancePath+"/write_files/" + i10,schemaPath:"#/properties/write_files/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
}
}
else {
const err52 = {instancePath:instancePath+"/write_files",schemaPath:"#/properties/write_files/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
}
if(data.coreos !== undefined){
let data48 = data.coreos;
if(data48 && typeof data48 == "object" && !Array.isArray(data48)){
for(const key5 in data48){
if(!((((((((key5 === "etcd") || (key5 === "etcd2")) || (key5 === "fleet")) || (key5 === "flannel")) || (key5 === "locksmith")) || (key5 === "update")) || (key5 === "oem")) || (key5 === "units"))){
const err53 = {instancePath:instancePath+"/coreos",schemaPath:"#/properties/coreos/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key5},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
}
if(data48.etcd !== undefined){
let data49 = data48.etcd;
if(data49 && typeof data49 == "object" && !Array.isArray(data49)){
for(const key6 in data49){
if(!(func2.call(schema11.properties.coreos.properties.etcd.properties, key6))){
const err54 = {instancePath:instancePath+"/coreos/etcd",schemaPath:"#/properties/coreos/properties/etcd/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key6},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
}
if(data49.addr !== undefined){
let data50 = data49.addr;
if(((typeof data50 !== "string") && (!((typeof data50 == "number") && (isFinite(data50))))) && (typeof data50 !== "boolean")){
const err55 = {instancePath:instancePath+"/coreos/etcd/addr",schemaPath:"#/properties/coreos/properties/etcd/properties/addr/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.addr.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
}
if(data49.advertise_client_urls !== undefined){
let data51 = data49.advertise_client_urls;
if(((typeof data51 !== "string") && (!((typeof data51 == "number") && (isFinite(data51))))) && (typeof data51 !== "boolean")){
const err56 = {instancePath:instancePath+"/coreos/etcd/advertise_client_urls",schemaPath:"#/properties/coreos/properties/etcd/properties/advertise_client_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.advertise_client_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
}
if(data49.bind_addr !== undefined){
let data52 = data49.bind_addr;
if(((typeof data52 !== "string") && (!((typeof data52 == "number") && (isFinite(data52))))) && (typeof data52 !== "boolean")){
const err57 = {instancePath:instancePath+"/coreos/etcd/bind_addr",schemaPath:"#/properties/coreos/properties/etcd/properties/bind_addr/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.bind_addr.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
}
if(data49.ca_file !== undefined){
let data53 = data49.ca_file;
if(((typeof data53 !== "string") && (!((typeof data53 == "number") && (isFinite(data53))))) && (typeof data53 !== "boolean")){
const err58 = {instancePath:instancePath+"/coreos/etcd/ca_file",schemaPath:"#/properties/coreos/properties/etcd/properties/ca_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.ca_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
}
if(data49.cert_file !== undefined){
let data54 = data49.cert_file;
if(((typeof data54 !== "string") && (!((typeof data54 == "number") && (isFinite(data54))))) && (typeof data54 !== "boolean")){
const err59 = {instancePath:instancePath+"/coreos/etcd/cert_file",schemaPath:"#/properties/coreos/properties/etcd/properties/cert_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.cert_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err59];
}
else {
vErrors.push(err59);
}
errors++;
}
}
if(data49.cluster_active_size !== undefined){
let data55 = data49.cluster_active_size;
if(!(((typeof data55 == "number") && (!(data55 % 1) && !isNaN(data55))) && (isFinite(data55)))){
const err60 = {instancePath:instancePath+"/coreos/etcd/cluster_active_size",schemaPath:"#/properties/coreos/properties/etcd/properties/cluster_active_size/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err60];
}
else {
vErrors.push(err60);
}
errors++;
}
}
if(data49.cluster_remove_delay !== undefined){
let data56 = data49.cluster_remove_delay;
if(!((typeof data56 == "number") && (isFinite(data56)))){
const err61 = {instancePath:instancePath+"/coreos/etcd/cluster_remove_delay",schemaPath:"#/properties/coreos/properties/etcd/properties/cluster_remove_delay/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err61];
}
else {
vErrors.push(err61);
}
errors++;
}
}
if(data49.cluster_sync_interval !== undefined){
let data57 = data49.cluster_sync_interval;
if(!((typeof data57 == "number") && (isFinite(data57)))){
const err62 = {instancePath:instancePath+"/coreos/etcd/cluster_sync_interval",schemaPath:"#/properties/coreos/properties/etcd/properties/cluster_sync_interval/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err62];
}
else {
vErrors.push(err62);
}
errors++;
}
}
if(data49.cors !== undefined){
let data58 = data49.cors;
if(((typeof data58 !== "string") && (!((typeof data58 == "number") && (isFinite(data58))))) && (typeof data58 !== "boolean")){
const err63 = {instancePath:instancePath+"/coreos/etcd/cors",schemaPath:"#/properties/coreos/properties/etcd/properties/cors/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.cors.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err63];
}
else {
vErrors.push(err63);
}
errors++;
}
}
if(data49.data_dir !== undefined){
let data59 = data49.data_dir;
if(((typeof data59 !== "string") && (!((typeof data59 == "number") && (isFinite(data59))))) && (typeof data59 !== "boolean")){
const err64 = {instancePath:instancePath+"/coreos/etcd/data_dir",schemaPath:"#/properties/coreos/properties/etcd/properties/data_dir/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.data_dir.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err64];
}
else {
vErrors.push(err64);
}
errors++;
}
}
if(data49.discovery !== undefined){
let data60 = data49.discovery;
if(((typeof data60 !== "string") && (!((typeof data60 == "number") && (isFinite(data60))))) && (typeof data60 !== "boolean")){
const err65 = {instancePath:instancePath+"/coreos/etcd/discovery",schemaPath:"#/properties/coreos/properties/etcd/properties/discovery/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.discovery.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err65];
}
else {
vErrors.push(err65);
}
errors++;
}
}
if(data49.discovery_fallback !== undefined){
let data61 = data49.discovery_fallback;
if(((typeof data61 !== "string") && (!((typeof data61 == "number") && (isFinite(data61))))) && (typeof data61 !== "boolean")){
const err66 = {instancePath:instancePath+"/coreos/etcd/discovery_fallback",schemaPath:"#/properties/coreos/properties/etcd/properties/discovery_fallback/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.discovery_fallback.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err66];
}
else {
vErrors.push(err66);
}
errors++;
}
}
if(data49.discovery_srv !== undefined){
let data62 = data49.discovery_srv;
if(((typeof data62 !== "string") && (!((typeof data62 == "number") && (isFinite(data62))))) && (typeof data62 !== "boolean")){
const err67 = {instancePath:instancePath+"/coreos/etcd/discovery_srv",schemaPath:"#/properties/coreos/properties/etcd/properties/discovery_srv/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.discovery_srv.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err67];
}
else {
vErrors.push(err67);
}
errors++;
}
}
if(data49.discovery_proxy !== undefined){
let data63 = data49.discovery_proxy;
if(((typeof data63 !== "string") && (!((typeof data63 == "number") && (isFinite(data63))))) && (typeof data63 !== "boolean")){
const err68 = {instancePath:instancePath+"/coreos/etcd/discovery_proxy",schemaPath:"#/properties/coreos/properties/etcd/properties/discovery_proxy/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.discovery_proxy.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err68];
}
else {
vErrors.push(err68);
}
errors++;
}
}
if(data49.election_timeout !== undefined){
let data64 = data49.election_timeout;
if(!(((typeof data64 == "number") && (!(data64 % 1) && !isNaN(data64))) && (isFinite(data64)))){
const err69 = {instancePath:instancePath+"/coreos/etcd/election_timeout",schemaPath:"#/properties/coreos/properties/etcd/properties/election_timeout/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err69];
}
else {
vErrors.push(err69);
}
errors++;
}
}
if(data49.force_new_cluster !== undefined){
if(typeof data49.force_new_cluster !== "boolean"){
const err70 = {instancePath:instancePath+"/coreos/etcd/force_new_cluster",schemaPath:"#/properties/coreos/properties/etcd/properties/force_new_cluster/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err70];
}
else {
vErrors.push(err70);
}
errors++;
}
}
if(data49.graphite_host !== undefined){
let data66 = data49.graphite_host;
if(((typeof data66 !== "string") && (!((typeof data66 == "number") && (isFinite(data66))))) && (typeof data66 !== "boolean")){
const err71 = {instancePath:instancePath+"/coreos/etcd/graphite_host",schemaPath:"#/properties/coreos/properties/etcd/properties/graphite_host/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.graphite_host.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err71];
}
else {
vErrors.push(err71);
}
errors++;
}
}
if(data49.heartbeat_interval !== undefined){
let data67 = data49.heartbeat_interval;
if(!(((typeof data67 == "number") && (!(data67 % 1) && !isNaN(data67))) && (isFinite(data67)))){
const err72 = {instancePath:instancePath+"/coreos/etcd/heartbeat_interval",schemaPath:"#/properties/coreos/properties/etcd/properties/heartbeat_interval/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err72];
}
else {
vErrors.push(err72);
}
errors++;
}
}
if(data49.http_read_timeout !== undefined){
let data68 = data49.http_read_timeout;
if(!((typeof data68 == "number") && (isFinite(data68)))){
const err73 = {instancePath:instancePath+"/coreos/etcd/http_read_timeout",schemaPath:"#/properties/coreos/properties/etcd/properties/http_read_timeout/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err73];
}
else {
vErrors.push(err73);
}
errors++;
}
}
if(data49.http_write_timeout !== undefined){
let data69 = data49.http_write_timeout;
if(!((typeof data69 == "number") && (isFinite(data69)))){
const err74 = {instancePath:instancePath+"/coreos/etcd/http_write_timeout",schemaPath:"#/properties/coreos/properties/etcd/properties/http_write_timeout/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err74];
}
else {
vErrors.push(err74);
}
errors++;
}
}
if(data49.initial_advertise_peer_urls !== undefined){
let data70 = data49.initial_advertise_peer_urls;
if(((typeof data70 !== "string") && (!((typeof data70 == "number") && (isFinite(data70))))) && (typeof data70 !== "boolean")){
const err75 = {instancePath:instancePath+"/coreos/etcd/initial_advertise_peer_urls",schemaPath:"#/properties/coreos/properties/etcd/properties/initial_advertise_peer_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.initial_advertise_peer_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err75];
}
else {
vErrors.push(err75);
}
errors++;
}
}
if(data49.initial_cluster !== undefined){
let data71 = data49.initial_cluster;
if(((typeof data71 !== "string") && (!((typeof data71 == "number") && (isFinite(data71))))) && (typeof data71 !== "boolean")){
const err76 = {instancePath:instancePath+"/coreos/etcd/initial_cluster",schemaPath:"#/properties/coreos/properties/etcd/properties/initial_cluster/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.initial_cluster.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err76];
}
else {
vErrors.push(err76);
}
errors++;
}
}
if(data49.initial_cluster_state !== undefined){
let data72 = data49.initial_cluster_state;
if(((typeof data72 !== "string") && (!((typeof data72 == "number") && (isFinite(data72))))) && (typeof data72 !== "boolean")){
const err77 = {instancePath:instancePath+"/coreos/etcd/initial_cluster_state",schemaPath:"#/properties/coreos/properties/etcd/properties/initial_cluster_state/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.initial_cluster_state.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err77];
}
else {
vErrors.push(err77);
}
errors++;
}
}
if(data49.initial_cluster_token !== undefined){
let data73 = data49.initial_cluster_token;
if(((typeof data73 !== "string") && (!((typeof data73 == "number") && (isFinite(data73))))) && (typeof data73 !== "boolean")){
const err78 = {instancePath:instancePath+"/coreos/etcd/initial_cluster_token",schemaPath:"#/properties/coreos/properties/etcd/properties/initial_cluster_token/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.initial_cluster_token.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err78];
}
else {
vErrors.push(err78);
}
errors++;
}
}
if(data49.key_file !== undefined){
let data74 = data49.key_file;
if(((typeof data74 !== "string") && (!((typeof data74 == "number") && (isFinite(data74))))) && (typeof data74 !== "boolean")){
const err79 = {instancePath:instancePath+"/coreos/etcd/key_file",schemaPath:"#/properties/coreos/properties/etcd/properties/key_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.key_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err79];
}
else {
vErrors.push(err79);
}
errors++;
}
}
if(data49.listen_client_urls !== undefined){
let data75 = data49.listen_client_urls;
if(((typeof data75 !== "string") && (!((typeof data75 == "number") && (isFinite(data75))))) && (typeof data75 !== "boolean")){
const err80 = {instancePath:instancePath+"/coreos/etcd/listen_client_urls",schemaPath:"#/properties/coreos/properties/etcd/properties/listen_client_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.listen_client_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err80];
}
else {
vErrors.push(err80);
}
errors++;
}
}
if(data49.listen_peer_urls !== undefined){
let data76 = data49.listen_peer_urls;
if(((typeof data76 !== "string") && (!((typeof data76 == "number") && (isFinite(data76))))) && (typeof data76 !== "boolean")){
const err81 = {instancePath:instancePath+"/coreos/etcd/listen_peer_urls",schemaPath:"#/properties/coreos/properties/etcd/properties/listen_peer_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.listen_peer_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err81];
}
else {
vErrors.push(err81);
}
errors++;
}
}
if(data49.max_result_buffer !== undefined){
let data77 = data49.max_result_buffer;
if(!(((typeof data77 == "number") && (!(data77 % 1) && !isNaN(data77))) && (isFinite(data77)))){
const err82 = {instancePath:instancePath+"/coreos/etcd/max_result_buffer",schemaPath:"#/properties/coreos/properties/etcd/properties/max_result_buffer/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err82];
}
else {
vErrors.push(err82);
}
errors++;
}
}
if(data49.max_retry_attempts !== undefined){
let data78 = data49.max_retry_attempts;
if(!(((typeof data78 == "number") && (!(data78 % 1) && !isNaN(data78))) && (isFinite(data78)))){
const err83 = {instancePath:instancePath+"/coreos/etcd/max_retry_attempts",schemaPath:"#/properties/coreos/properties/etcd/properties/max_retry_attempts/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err83];
}
else {
vErrors.push(err83);
}
errors++;
}
}
if(data49.max_snapshots !== undefined){
let data79 = data49.max_snapshots;
if(!(((typeof data79 == "number") && (!(data79 % 1) && !isNaN(data79))) && (isFinite(data79)))){
const err84 = {instancePath:instancePath+"/coreos/etcd/max_snapshots",schemaPath:"#/properties/coreos/properties/etcd/properties/max_snapshots/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err84];
}
else {
vErrors.push(err84);
}
errors++;
}
}
if(data49.max_wals !== undefined){
let data80 = data49.max_wals;
if(!(((typeof data80 == "number") && (!(data80 % 1) && !isNaN(data80))) && (isFinite(data80)))){
const err85 = {instancePath:instancePath+"/coreos/etcd/max_wals",schemaPath:"#/properties/coreos/properties/etcd/properties/max_wals/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err85];
}
else {
vErrors.push(err85);
}
errors++;
}
}
if(data49.name !== undefined){
let data81 = data49.name;
if(((typeof data81 !== "string") && (!((typeof data81 == "number") && (isFinite(data81))))) && (typeof data81 !== "boolean")){
const err86 = {instancePath:instancePath+"/coreos/etcd/name",schemaPath:"#/properties/coreos/properties/etcd/properties/name/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.name.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err86];
}
else {
vErrors.push(err86);
}
errors++;
}
}
if(data49.peer_addr !== undefined){
let data82 = data49.peer_addr;
if(((typeof data82 !== "string") && (!((typeof data82 == "number") && (isFinite(data82))))) && (typeof data82 !== "boolean")){
const err87 = {instancePath:instancePath+"/coreos/etcd/peer_addr",schemaPath:"#/properties/coreos/properties/etcd/properties/peer_addr/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.peer_addr.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err87];
}
else {
vErrors.push(err87);
}
errors++;
}
}
if(data49.peer_bind_addr !== undefined){
let data83 = data49.peer_bind_addr;
if(((typeof data83 !== "string") && (!((typeof data83 == "number") && (isFinite(data83))))) && (typeof data83 !== "boolean")){
const err88 = {instancePath:instancePath+"/coreos/etcd/peer_bind_addr",schemaPath:"#/properties/coreos/properties/etcd/properties/peer_bind_addr/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.peer_bind_addr.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err88];
}
else {
vErrors.push(err88);
}
errors++;
}
}
if(data49.peer_ca_file !== undefined){
let data84 = data49.peer_ca_file;
if(((typeof data84 !== "string") && (!((typeof data84 == "number") && (isFinite(data84))))) && (typeof data84 !== "boolean")){
const err89 = {instancePath:instancePath+"/coreos/etcd/peer_ca_file",schemaPath:"#/properties/coreos/properties/etcd/properties/peer_ca_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.peer_ca_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err89];
}
else {
vErrors.push(err89);
}
errors++;
}
}
if(data49.peer_cert_file !== undefined){
let data85 = data49.peer_cert_file;
if(((typeof data85 !== "string") && (!((typeof data85 == "number") && (isFinite(data85))))) && (typeof data85 !== "boolean")){
const err90 = {instancePath:instancePath+"/coreos/etcd/peer_cert_file",schemaPath:"#/properties/coreos/properties/etcd/properties/peer_cert_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.peer_cert_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err90];
}
else {
vErrors.push(err90);
}
errors++;
}
}
if(data49.peer_election_timeout !== undefined){
let data86 = data49.peer_election_timeout;
if(!(((typeof data86 == "number") && (!(data86 % 1) && !isNaN(data86))) && (isFinite(data86)))){
const err91 = {instancePath:instancePath+"/coreos/etcd/peer_election_timeout",schemaPath:"#/properties/coreos/properties/etcd/properties/peer_election_timeout/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err91];
}
else {
vErrors.push(err91);
}
errors++;
}
}
if(data49.peer_heartbeat_interval !== undefined){
let data87 = data49.peer_heartbeat_interval;
if(!(((typeof data87 == "number") && (!(data87 % 1) && !isNaN(data87))) && (isFinite(data87)))){
const err92 = {instancePath:instancePath+"/coreos/etcd/peer_heartbeat_interval",schemaPath:"#/properties/coreos/properties/etcd/properties/peer_heartbeat_interval/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err92];
}
else {
vErrors.push(err92);
}
errors++;
}
}
if(data49.peer_key_file !== undefined){
let data88 = data49.peer_key_file;
if(((typeof data88 !== "string") && (!((typeof data88 == "number") && (isFinite(data88))))) && (typeof data88 !== "boolean")){
const err93 = {instancePath:instancePath+"/coreos/etcd/peer_key_file",schemaPath:"#/properties/coreos/properties/etcd/properties/peer_key_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.peer_key_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err93];
}
else {
vErrors.push(err93);
}
errors++;
}
}
if(data49.peers !== undefined){
let data89 = data49.peers;
if(((typeof data89 !== "string") && (!((typeof data89 == "number") && (isFinite(data89))))) && (typeof data89 !== "boolean")){
const err94 = {instancePath:instancePath+"/coreos/etcd/peers",schemaPath:"#/properties/coreos/properties/etcd/properties/peers/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.peers.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err94];
}
else {
vErrors.push(err94);
}
errors++;
}
}
if(data49.peers_file !== undefined){
let data90 = data49.peers_file;
if(((typeof data90 !== "string") && (!((typeof data90 == "number") && (isFinite(data90))))) && (typeof data90 !== "boolean")){
const err95 = {instancePath:instancePath+"/coreos/etcd/peers_file",schemaPath:"#/properties/coreos/properties/etcd/properties/peers_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.peers_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err95];
}
else {
vErrors.push(err95);
}
errors++;
}
}
if(data49.proxy !== undefined){
let data91 = data49.proxy;
if(((typeof data91 !== "string") && (!((typeof data91 == "number") && (isFinite(data91))))) && (typeof data91 !== "boolean")){
const err96 = {instancePath:instancePath+"/coreos/etcd/proxy",schemaPath:"#/properties/coreos/properties/etcd/properties/proxy/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.proxy.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err96];
}
else {
vErrors.push(err96);
}
errors++;
}
}
if(data49.retry_interval !== undefined){
let data92 = data49.retry_interval;
if(!((typeof data92 == "number") && (isFinite(data92)))){
const err97 = {instancePath:instancePath+"/coreos/etcd/retry_interval",schemaPath:"#/properties/coreos/properties/etcd/properties/retry_interval/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err97];
}
else {
vErrors.push(err97);
}
errors++;
}
}
if(data49.snapshot !== undefined){
if(typeof data49.snapshot !== "boolean"){
const err98 = {instancePath:instancePath+"/coreos/etcd/snapshot",schemaPath:"#/properties/coreos/properties/etcd/properties/snapshot/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err98];
}
else {
vErrors.push(err98);
}
errors++;
}
}
if(data49.snapshot_count !== undefined){
let data94 = data49.snapshot_count;
if(!(((typeof data94 == "number") && (!(data94 % 1) && !isNaN(data94))) && (isFinite(data94)))){
const err99 = {instancePath:instancePath+"/coreos/etcd/snapshot_count",schemaPath:"#/properties/coreos/properties/etcd/properties/snapshot_count/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err99];
}
else {
vErrors.push(err99);
}
errors++;
}
}
if(data49.trace !== undefined){
let data95 = data49.trace;
if(((typeof data95 !== "string") && (!((typeof data95 == "number") && (isFinite(data95))))) && (typeof data95 !== "boolean")){
const err100 = {instancePath:instancePath+"/coreos/etcd/trace",schemaPath:"#/properties/coreos/properties/etcd/properties/trace/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd.properties.trace.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err100];
}
else {
vErrors.push(err100);
}
errors++;
}
}
if(data49.verbose !== undefined){
if(typeof data49.verbose !== "boolean"){
const err101 = {instancePath:instancePath+"/coreos/etcd/verbose",schemaPath:"#/properties/coreos/properties/etcd/properties/verbose/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err101];
}
else {
vErrors.push(err101);
}
errors++;
}
}
if(data49.very_verbose !== undefined){
if(typeof data49.very_verbose !== "boolean"){
const err102 = {instancePath:instancePath+"/coreos/etcd/very_verbose",schemaPath:"#/properties/coreos/properties/etcd/properties/very_verbose/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err102];
}
else {
vErrors.push(err102);
}
errors++;
}
}
if(data49.very_very_verbose !== undefined){
if(typeof data49.very_very_verbose !== "boolean"){
const err103 = {instancePath:instancePath+"/coreos/etcd/very_very_verbose",schemaPath:"#/properties/coreos/properties/etcd/properties/very_very_verbose/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err103];
}
else {
vErrors.push(err103);
}
errors++;
}
}
}
else {
const err104 = {instancePath:instancePath+"/coreos/etcd",schemaPath:"#/properties/coreos/properties/etcd/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err104];
}
else {
vErrors.push(err104);
}
errors++;
}
}
if(data48.etcd2 !== undefined){
let data99 = data48.etcd2;
if(data99 && typeof data99 == "object" && !Array.isArray(data99)){
for(const key7 in data99){
if(!(func2.call(schema11.properties.coreos.properties.etcd2.properties, key7))){
const err105 = {instancePath:instancePath+"/coreos/etcd2",schemaPath:"#/properties/coreos/properties/etcd2/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key7},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err105];
}
else {
vErrors.push(err105);
}
errors++;
}
}
if(data99.advertise_client_urls !== undefined){
let data100 = data99.advertise_client_urls;
if(((typeof data100 !== "string") && (!((typeof data100 == "number") && (isFinite(data100))))) && (typeof data100 !== "boolean")){
const err106 = {instancePath:instancePath+"/coreos/etcd2/advertise_client_urls",schemaPath:"#/properties/coreos/properties/etcd2/properties/advertise_client_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.advertise_client_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err106];
}
else {
vErrors.push(err106);
}
errors++;
}
}
if(data99.ca_file !== undefined){
let data101 = data99.ca_file;
if(((typeof data101 !== "string") && (!((typeof data101 == "number") && (isFinite(data101))))) && (typeof data101 !== "boolean")){
const err107 = {instancePath:instancePath+"/coreos/etcd2/ca_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/ca_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.ca_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err107];
}
else {
vErrors.push(err107);
}
errors++;
}
}
if(data99.cert_file !== undefined){
let data102 = data99.cert_file;
if(((typeof data102 !== "string") && (!((typeof data102 == "number") && (isFinite(data102))))) && (typeof data102 !== "boolean")){
const err108 = {instancePath:instancePath+"/coreos/etcd2/cert_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/cert_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.cert_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err108];
}
else {
vErrors.push(err108);
}
errors++;
}
}
if(data99.client_cert_auth !== undefined){
if(typeof data99.client_cert_auth !== "boolean"){
const err109 = {instancePath:instancePath+"/coreos/etcd2/client_cert_auth",schemaPath:"#/properties/coreos/properties/etcd2/properties/client_cert_auth/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err109];
}
else {
vErrors.push(err109);
}
errors++;
}
}
if(data99.cors !== undefined){
let data104 = data99.cors;
if(((typeof data104 !== "string") && (!((typeof data104 == "number") && (isFinite(data104))))) && (typeof data104 !== "boolean")){
const err110 = {instancePath:instancePath+"/coreos/etcd2/cors",schemaPath:"#/properties/coreos/properties/etcd2/properties/cors/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.cors.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err110];
}
else {
vErrors.push(err110);
}
errors++;
}
}
if(data99.data_dir !== undefined){
let data105 = data99.data_dir;
if(((typeof data105 !== "string") && (!((typeof data105 == "number") && (isFinite(data105))))) && (typeof data105 !== "boolean")){
const err111 = {instancePath:instancePath+"/coreos/etcd2/data_dir",schemaPath:"#/properties/coreos/properties/etcd2/properties/data_dir/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.data_dir.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err111];
}
else {
vErrors.push(err111);
}
errors++;
}
}
if(data99.debug !== undefined){
if(typeof data99.debug !== "boolean"){
const err112 = {instancePath:instancePath+"/coreos/etcd2/debug",schemaPath:"#/properties/coreos/properties/etcd2/properties/debug/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err112];
}
else {
vErrors.push(err112);
}
errors++;
}
}
if(data99.discovery !== undefined){
let data107 = data99.discovery;
if(((typeof data107 !== "string") && (!((typeof data107 == "number") && (isFinite(data107))))) && (typeof data107 !== "boolean")){
const err113 = {instancePath:instancePath+"/coreos/etcd2/discovery",schemaPath:"#/properties/coreos/properties/etcd2/properties/discovery/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.discovery.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err113];
}
else {
vErrors.push(err113);
}
errors++;
}
}
if(data99.discovery_fallback !== undefined){
let data108 = data99.discovery_fallback;
if(((typeof data108 !== "string") && (!((typeof data108 == "number") && (isFinite(data108))))) && (typeof data108 !== "boolean")){
const err114 = {instancePath:instancePath+"/coreos/etcd2/discovery_fallback",schemaPath:"#/properties/coreos/properties/etcd2/properties/discovery_fallback/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.discovery_fallback.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err114];
}
else {
vErrors.push(err114);
}
errors++;
}
}
if(data99.discovery_srv !== undefined){
let data109 = data99.discovery_srv;
if(((typeof data109 !== "string") && (!((typeof data109 == "number") && (isFinite(data109))))) && (typeof data109 !== "boolean")){
const err115 = {instancePath:instancePath+"/coreos/etcd2/discovery_srv",schemaPath:"#/properties/coreos/properties/etcd2/properties/discovery_srv/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.discovery_srv.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err115];
}
else {
vErrors.push(err115);
}
errors++;
}
}
if(data99.discovery_proxy !== undefined){
let data110 = data99.discovery_proxy;
if(((typeof data110 !== "string") && (!((typeof data110 == "number") && (isFinite(data110))))) && (typeof data110 !== "boolean")){
const err116 = {instancePath:instancePath+"/coreos/etcd2/discovery_proxy",schemaPath:"#/properties/coreos/properties/etcd2/properties/discovery_proxy/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.discovery_proxy.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err116];
}
else {
vErrors.push(err116);
}
errors++;
}
}
if(data99.election_timeout !== undefined){
let data111 = data99.election_timeout;
if(!(((typeof data111 == "number") && (!(data111 % 1) && !isNaN(data111))) && (isFinite(data111)))){
const err117 = {instancePath:instancePath+"/coreos/etcd2/election_timeout",schemaPath:"#/properties/coreos/properties/etcd2/properties/election_timeout/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err117];
}
else {
vErrors.push(err117);
}
errors++;
}
}
if(data99.enable_pprof !== undefined){
if(typeof data99.enable_pprof !== "boolean"){
const err118 = {instancePath:instancePath+"/coreos/etcd2/enable_pprof",schemaPath:"#/properties/coreos/properties/etcd2/properties/enable_pprof/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err118];
}
else {
vErrors.push(err118);
}
errors++;
}
}
if(data99.force_new_cluster !== undefined){
if(typeof data99.force_new_cluster !== "boolean"){
const err119 = {instancePath:instancePath+"/coreos/etcd2/force_new_cluster",schemaPath:"#/properties/coreos/properties/etcd2/properties/force_new_cluster/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err119];
}
else {
vErrors.push(err119);
}
errors++;
}
}
if(data99.heartbeat_interval !== undefined){
let data114 = data99.heartbeat_interval;
if(!(((typeof data114 == "number") && (!(data114 % 1) && !isNaN(data114))) && (isFinite(data114)))){
const err120 = {instancePath:instancePath+"/coreos/etcd2/heartbeat_interval",schemaPath:"#/properties/coreos/properties/etcd2/properties/heartbeat_interval/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err120];
}
else {
vErrors.push(err120);
}
errors++;
}
}
if(data99.initial_advertise_peer_urls !== undefined){
let data115 = data99.initial_advertise_peer_urls;
if(((typeof data115 !== "string") && (!((typeof data115 == "number") && (isFinite(data115))))) && (typeof data115 !== "boolean")){
const err121 = {instancePath:instancePath+"/coreos/etcd2/initial_advertise_peer_urls",schemaPath:"#/properties/coreos/properties/etcd2/properties/initial_advertise_peer_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.initial_advertise_peer_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err121];
}
else {
vErrors.push(err121);
}
errors++;
}
}
if(data99.initial_cluster !== undefined){
let data116 = data99.initial_cluster;
if(((typeof data116 !== "string") && (!((typeof data116 == "number") && (isFinite(data116))))) && (typeof data116 !== "boolean")){
const err122 = {instancePath:instancePath+"/coreos/etcd2/initial_cluster",schemaPath:"#/properties/coreos/properties/etcd2/properties/initial_cluster/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.initial_cluster.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err122];
}
else {
vErrors.push(err122);
}
errors++;
}
}
if(data99.initial_cluster_state !== undefined){
let data117 = data99.initial_cluster_state;
if(((typeof data117 !== "string") && (!((typeof data117 == "number") && (isFinite(data117))))) && (typeof data117 !== "boolean")){
const err123 = {instancePath:instancePath+"/coreos/etcd2/initial_cluster_state",schemaPath:"#/properties/coreos/properties/etcd2/properties/initial_cluster_state/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.initial_cluster_state.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err123];
}
else {
vErrors.push(err123);
}
errors++;
}
}
if(data99.initial_cluster_token !== undefined){
let data118 = data99.initial_cluster_token;
if(((typeof data118 !== "string") && (!((typeof data118 == "number") && (isFinite(data118))))) && (typeof data118 !== "boolean")){
const err124 = {instancePath:instancePath+"/coreos/etcd2/initial_cluster_token",schemaPath:"#/properties/coreos/properties/etcd2/properties/initial_cluster_token/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.initial_cluster_token.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err124];
}
else {
vErrors.push(err124);
}
errors++;
}
}
if(data99.key_file !== undefined){
let data119 = data99.key_file;
if(((typeof data119 !== "string") && (!((typeof data119 == "number") && (isFinite(data119))))) && (typeof data119 !== "boolean")){
const err125 = {instancePath:instancePath+"/coreos/etcd2/key_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/key_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.key_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err125];
}
else {
vErrors.push(err125);
}
errors++;
}
}
if(data99.listen_client_urls !== undefined){
let data120 = data99.listen_client_urls;
if(((typeof data120 !== "string") && (!((typeof data120 == "number") && (isFinite(data120))))) && (typeof data120 !== "boolean")){
const err126 = {instancePath:instancePath+"/coreos/etcd2/listen_client_urls",schemaPath:"#/properties/coreos/properties/etcd2/properties/listen_client_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.listen_client_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err126];
}
else {
vErrors.push(err126);
}
errors++;
}
}
if(data99.listen_peer_urls !== undefined){
let data121 = data99.listen_peer_urls;
if(((typeof data121 !== "string") && (!((typeof data121 == "number") && (isFinite(data121))))) && (typeof data121 !== "boolean")){
const err127 = {instancePath:instancePath+"/coreos/etcd2/listen_peer_urls",schemaPath:"#/properties/coreos/properties/etcd2/properties/listen_peer_urls/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.listen_peer_urls.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err127];
}
else {
vErrors.push(err127);
}
errors++;
}
}
if(data99.log_package_levels !== undefined){
let data122 = data99.log_package_levels;
if(((typeof data122 !== "string") && (!((typeof data122 == "number") && (isFinite(data122))))) && (typeof data122 !== "boolean")){
const err128 = {instancePath:instancePath+"/coreos/etcd2/log_package_levels",schemaPath:"#/properties/coreos/properties/etcd2/properties/log_package_levels/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.log_package_levels.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err128];
}
else {
vErrors.push(err128);
}
errors++;
}
}
if(data99.max_snapshots !== undefined){
let data123 = data99.max_snapshots;
if(!(((typeof data123 == "number") && (!(data123 % 1) && !isNaN(data123))) && (isFinite(data123)))){
const err129 = {instancePath:instancePath+"/coreos/etcd2/max_snapshots",schemaPath:"#/properties/coreos/properties/etcd2/properties/max_snapshots/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err129];
}
else {
vErrors.push(err129);
}
errors++;
}
}
if(data99.max_wals !== undefined){
let data124 = data99.max_wals;
if(!(((typeof data124 == "number") && (!(data124 % 1) && !isNaN(data124))) && (isFinite(data124)))){
const err130 = {instancePath:instancePath+"/coreos/etcd2/max_wals",schemaPath:"#/properties/coreos/properties/etcd2/properties/max_wals/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err130];
}
else {
vErrors.push(err130);
}
errors++;
}
}
if(data99.name !== undefined){
let data125 = data99.name;
if(((typeof data125 !== "string") && (!((typeof data125 == "number") && (isFinite(data125))))) && (typeof data125 !== "boolean")){
const err131 = {instancePath:instancePath+"/coreos/etcd2/name",schemaPath:"#/properties/coreos/properties/etcd2/properties/name/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.name.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err131];
}
else {
vErrors.push(err131);
}
errors++;
}
}
if(data99.peer_ca_file !== undefined){
let data126 = data99.peer_ca_file;
if(((typeof data126 !== "string") && (!((typeof data126 == "number") && (isFinite(data126))))) && (typeof data126 !== "boolean")){
const err132 = {instancePath:instancePath+"/coreos/etcd2/peer_ca_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/peer_ca_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.peer_ca_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err132];
}
else {
vErrors.push(err132);
}
errors++;
}
}
if(data99.peer_cert_file !== undefined){
let data127 = data99.peer_cert_file;
if(((typeof data127 !== "string") && (!((typeof data127 == "number") && (isFinite(data127))))) && (typeof data127 !== "boolean")){
const err133 = {instancePath:instancePath+"/coreos/etcd2/peer_cert_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/peer_cert_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.peer_cert_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err133];
}
else {
vErrors.push(err133);
}
errors++;
}
}
if(data99.peer_key_file !== undefined){
let data128 = data99.peer_key_file;
if(((typeof data128 !== "string") && (!((typeof data128 == "number") && (isFinite(data128))))) && (typeof data128 !== "boolean")){
const err134 = {instancePath:instancePath+"/coreos/etcd2/peer_key_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/peer_key_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.peer_key_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err134];
}
else {
vErrors.push(err134);
}
errors++;
}
}
if(data99.peer_client_cert_auth !== undefined){
if(typeof data99.peer_client_cert_auth !== "boolean"){
const err135 = {instancePath:instancePath+"/coreos/etcd2/peer_client_cert_auth",schemaPath:"#/properties/coreos/properties/etcd2/properties/peer_client_cert_auth/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err135];
}
else {
vErrors.push(err135);
}
errors++;
}
}
if(data99.peer_trusted_ca_file !== undefined){
let data130 = data99.peer_trusted_ca_file;
if(((typeof data130 !== "string") && (!((typeof data130 == "number") && (isFinite(data130))))) && (typeof data130 !== "boolean")){
const err136 = {instancePath:instancePath+"/coreos/etcd2/peer_trusted_ca_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/peer_trusted_ca_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.peer_trusted_ca_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err136];
}
else {
vErrors.push(err136);
}
errors++;
}
}
if(data99.proxy !== undefined){
let data131 = data99.proxy;
if(((typeof data131 !== "string") && (!((typeof data131 == "number") && (isFinite(data131))))) && (typeof data131 !== "boolean")){
const err137 = {instancePath:instancePath+"/coreos/etcd2/proxy",schemaPath:"#/properties/coreos/properties/etcd2/properties/proxy/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.proxy.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err137];
}
else {
vErrors.push(err137);
}
errors++;
}
}
if(data99.proxy_dial_timeout !== undefined){
let data132 = data99.proxy_dial_timeout;
if(!(((typeof data132 == "number") && (!(data132 % 1) && !isNaN(data132))) && (isFinite(data132)))){
const err138 = {instancePath:instancePath+"/coreos/etcd2/proxy_dial_timeout",schemaPath:"#/properties/coreos/properties/etcd2/properties/proxy_dial_timeout/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err138];
}
else {
vErrors.push(err138);
}
errors++;
}
}
if(data99.proxy_failure_wait !== undefined){
let data133 = data99.proxy_failure_wait;
if(!(((typeof data133 == "number") && (!(data133 % 1) && !isNaN(data133))) && (isFinite(data133)))){
const err139 = {instancePath:instancePath+"/coreos/etcd2/proxy_failure_wait",schemaPath:"#/properties/coreos/properties/etcd2/properties/proxy_failure_wait/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err139];
}
else {
vErrors.push(err139);
}
errors++;
}
}
if(data99.proxy_read_timeout !== undefined){
let data134 = data99.proxy_read_timeout;
if(!(((typeof data134 == "number") && (!(data134 % 1) && !isNaN(data134))) && (isFinite(data134)))){
const err140 = {instancePath:instancePath+"/coreos/etcd2/proxy_read_timeout",schemaPath:"#/properties/coreos/properties/etcd2/properties/proxy_read_timeout/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err140];
}
else {
vErrors.push(err140);
}
errors++;
}
}
if(data99.proxy_refresh_interval !== undefined){
let data135 = data99.proxy_refresh_interval;
if(!(((typeof data135 == "number") && (!(data135 % 1) && !isNaN(data135))) && (isFinite(data135)))){
const err141 = {instancePath:instancePath+"/coreos/etcd2/proxy_refresh_interval",schemaPath:"#/properties/coreos/properties/etcd2/properties/proxy_refresh_interval/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err141];
}
else {
vErrors.push(err141);
}
errors++;
}
}
if(data99.proxy_write_timeout !== undefined){
let data136 = data99.proxy_write_timeout;
if(!(((typeof data136 == "number") && (!(data136 % 1) && !isNaN(data136))) && (isFinite(data136)))){
const err142 = {instancePath:instancePath+"/coreos/etcd2/proxy_write_timeout",schemaPath:"#/properties/coreos/properties/etcd2/properties/proxy_write_timeout/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err142];
}
else {
vErrors.push(err142);
}
errors++;
}
}
if(data99.snapshot_count !== undefined){
let data137 = data99.snapshot_count;
if(!(((typeof data137 == "number") && (!(data137 % 1) && !isNaN(data137))) && (isFinite(data137)))){
const err143 = {instancePath:instancePath+"/coreos/etcd2/snapshot_count",schemaPath:"#/properties/coreos/properties/etcd2/properties/snapshot_count/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err143];
}
else {
vErrors.push(err143);
}
errors++;
}
}
if(data99.strict_reconfig_check !== undefined){
if(typeof data99.strict_reconfig_check !== "boolean"){
const err144 = {instancePath:instancePath+"/coreos/etcd2/strict_reconfig_check",schemaPath:"#/properties/coreos/properties/etcd2/properties/strict_reconfig_check/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err144];
}
else {
vErrors.push(err144);
}
errors++;
}
}
if(data99.trusted_ca_file !== undefined){
let data139 = data99.trusted_ca_file;
if(((typeof data139 !== "string") && (!((typeof data139 == "number") && (isFinite(data139))))) && (typeof data139 !== "boolean")){
const err145 = {instancePath:instancePath+"/coreos/etcd2/trusted_ca_file",schemaPath:"#/properties/coreos/properties/etcd2/properties/trusted_ca_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.trusted_ca_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err145];
}
else {
vErrors.push(err145);
}
errors++;
}
}
if(data99.wal_dir !== undefined){
let data140 = data99.wal_dir;
if(((typeof data140 !== "string") && (!((typeof data140 == "number") && (isFinite(data140))))) && (typeof data140 !== "boolean")){
const err146 = {instancePath:instancePath+"/coreos/etcd2/wal_dir",schemaPath:"#/properties/coreos/properties/etcd2/properties/wal_dir/type",keyword:"type",params:{type: schema11.properties.coreos.properties.etcd2.properties.wal_dir.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err146];
}
else {
vErrors.push(err146);
}
errors++;
}
}
}
else {
const err147 = {instancePath:instancePath+"/coreos/etcd2",schemaPath:"#/properties/coreos/properties/etcd2/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err147];
}
else {
vErrors.push(err147);
}
errors++;
}
}
if(data48.fleet !== undefined){
let data141 = data48.fleet;
if(data141 && typeof data141 == "object" && !Array.isArray(data141)){
for(const key8 in data141){
if(!(func2.call(schema11.properties.coreos.properties.fleet.properties, key8))){
const err148 = {instancePath:instancePath+"/coreos/fleet",schemaPath:"#/properties/coreos/properties/fleet/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key8},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err148];
}
else {
vErrors.push(err148);
}
errors++;
}
}
if(data141.agent_ttl !== undefined){
let data142 = data141.agent_ttl;
if(((typeof data142 !== "string") && (!((typeof data142 == "number") && (isFinite(data142))))) && (typeof data142 !== "boolean")){
const err149 = {instancePath:instancePath+"/coreos/fleet/agent_ttl",schemaPath:"#/properties/coreos/properties/fleet/properties/agent_ttl/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.agent_ttl.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err149];
}
else {
vErrors.push(err149);
}
errors++;
}
}
if(data141.authorized_keys_file !== undefined){
let data143 = data141.authorized_keys_file;
if(((typeof data143 !== "string") && (!((typeof data143 == "number") && (isFinite(data143))))) && (typeof data143 !== "boolean")){
const err150 = {instancePath:instancePath+"/coreos/fleet/authorized_keys_file",schemaPath:"#/properties/coreos/properties/fleet/properties/authorized_keys_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.authorized_keys_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err150];
}
else {
vErrors.push(err150);
}
errors++;
}
}
if(data141.disable_engine !== undefined){
if(typeof data141.disable_engine !== "boolean"){
const err151 = {instancePath:instancePath+"/coreos/fleet/disable_engine",schemaPath:"#/properties/coreos/properties/fleet/properties/disable_engine/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err151];
}
else {
vErrors.push(err151);
}
errors++;
}
}
if(data141.engine_reconcile_interval !== undefined){
let data145 = data141.engine_reconcile_interval;
if(!((typeof data145 == "number") && (isFinite(data145)))){
const err152 = {instancePath:instancePath+"/coreos/fleet/engine_reconcile_interval",schemaPath:"#/properties/coreos/properties/fleet/properties/engine_reconcile_interval/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err152];
}
else {
vErrors.push(err152);
}
errors++;
}
}
if(data141.etcd_cafile !== undefined){
let data146 = data141.etcd_cafile;
if(((typeof data146 !== "string") && (!((typeof data146 == "number") && (isFinite(data146))))) && (typeof data146 !== "boolean")){
const err153 = {instancePath:instancePath+"/coreos/fleet/etcd_cafile",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_cafile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.etcd_cafile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err153];
}
else {
vErrors.push(err153);
}
errors++;
}
}
if(data141.etcd_certfile !== undefined){
let data147 = data141.etcd_certfile;
if(((typeof data147 !== "string") && (!((typeof data147 == "number") && (isFinite(data147))))) && (typeof data147 !== "boolean")){
const err154 = {instancePath:instancePath+"/coreos/fleet/etcd_certfile",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_certfile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.etcd_certfile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err154];
}
else {
vErrors.push(err154);
}
errors++;
}
}
if(data141.etcd_keyfile !== undefined){
let data148 = data141.etcd_keyfile;
if(((typeof data148 !== "string") && (!((typeof data148 == "number") && (isFinite(data148))))) && (typeof data148 !== "boolean")){
const err155 = {instancePath:instancePath+"/coreos/fleet/etcd_keyfile",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_keyfile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.etcd_keyfile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err155];
}
else {
vErrors.push(err155);
}
errors++;
}
}
if(data141.etcd_key_prefix !== undefined){
let data149 = data141.etcd_key_prefix;
if(((typeof data149 !== "string") && (!((typeof data149 == "number") && (isFinite(data149))))) && (typeof data149 !== "boolean")){
const err156 = {instancePath:instancePath+"/coreos/fleet/etcd_key_prefix",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_key_prefix/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.etcd_key_prefix.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err156];
}
else {
vErrors.push(err156);
}
errors++;
}
}
if(data141.etcd_request_timeout !== undefined){
let data150 = data141.etcd_request_timeout;
if(!((typeof data150 == "number") && (isFinite(data150)))){
const err157 = {instancePath:instancePath+"/coreos/fleet/etcd_request_timeout",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_request_timeout/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err157];
}
else {
vErrors.push(err157);
}
errors++;
}
}
if(data141.etcd_servers !== undefined){
let data151 = data141.etcd_servers;
if(((typeof data151 !== "string") && (!((typeof data151 == "number") && (isFinite(data151))))) && (typeof data151 !== "boolean")){
const err158 = {instancePath:instancePath+"/coreos/fleet/etcd_servers",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_servers/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.etcd_servers.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err158];
}
else {
vErrors.push(err158);
}
errors++;
}
}
if(data141.etcd_username !== undefined){
let data152 = data141.etcd_username;
if(((typeof data152 !== "string") && (!((typeof data152 == "number") && (isFinite(data152))))) && (typeof data152 !== "boolean")){
const err159 = {instancePath:instancePath+"/coreos/fleet/etcd_username",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_username/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.etcd_username.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err159];
}
else {
vErrors.push(err159);
}
errors++;
}
}
if(data141.etcd_password !== undefined){
let data153 = data141.etcd_password;
if(((typeof data153 !== "string") && (!((typeof data153 == "number") && (isFinite(data153))))) && (typeof data153 !== "boolean")){
const err160 = {instancePath:instancePath+"/coreos/fleet/etcd_password",schemaPath:"#/properties/coreos/properties/fleet/properties/etcd_password/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.etcd_password.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err160];
}
else {
vErrors.push(err160);
}
errors++;
}
}
if(data141.metadata !== undefined){
let data154 = data141.metadata;
if(((typeof data154 !== "string") && (!((typeof data154 == "number") && (isFinite(data154))))) && (typeof data154 !== "boolean")){
const err161 = {instancePath:instancePath+"/coreos/fleet/metadata",schemaPath:"#/properties/coreos/properties/fleet/properties/metadata/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.metadata.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err161];
}
else {
vErrors.push(err161);
}
errors++;
}
}
if(data141.public_ip !== undefined){
let data155 = data141.public_ip;
if(((typeof data155 !== "string") && (!((typeof data155 == "number") && (isFinite(data155))))) && (typeof data155 !== "boolean")){
const err162 = {instancePath:instancePath+"/coreos/fleet/public_ip",schemaPath:"#/properties/coreos/properties/fleet/properties/public_ip/type",keyword:"type",params:{type: schema11.properties.coreos.properties.fleet.properties.public_ip.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err162];
}
else {
vErrors.push(err162);
}
errors++;
}
}
if(data141.token_limit !== undefined){
let data156 = data141.token_limit;
if(!(((typeof data156 == "number") && (!(data156 % 1) && !isNaN(data156))) && (isFinite(data156)))){
const err163 = {instancePath:instancePath+"/coreos/fleet/token_limit",schemaPath:"#/properties/coreos/properties/fleet/properties/token_limit/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err163];
}
else {
vErrors.push(err163);
}
errors++;
}
}
if(data141.verbosity !== undefined){
let data157 = data141.verbosity;
if(!(((typeof data157 == "number") && (!(data157 % 1) && !isNaN(data157))) && (isFinite(data157)))){
const err164 = {instancePath:instancePath+"/coreos/fleet/verbosity",schemaPath:"#/properties/coreos/properties/fleet/properties/verbosity/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err164];
}
else {
vErrors.push(err164);
}
errors++;
}
}
if(data141.verify_units !== undefined){
if(typeof data141.verify_units !== "boolean"){
const err165 = {instancePath:instancePath+"/coreos/fleet/verify_units",schemaPath:"#/properties/coreos/properties/fleet/properties/verify_units/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err165];
}
else {
vErrors.push(err165);
}
errors++;
}
}
}
else {
const err166 = {instancePath:instancePath+"/coreos/fleet",schemaPath:"#/properties/coreos/properties/fleet/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err166];
}
else {
vErrors.push(err166);
}
errors++;
}
}
if(data48.flannel !== undefined){
let data159 = data48.flannel;
if(data159 && typeof data159 == "object" && !Array.isArray(data159)){
for(const key9 in data159){
if(!(func2.call(schema11.properties.coreos.properties.flannel.properties, key9))){
const err167 = {instancePath:instancePath+"/coreos/flannel",schemaPath:"#/properties/coreos/properties/flannel/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key9},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err167];
}
else {
vErrors.push(err167);
}
errors++;
}
}
if(data159.etcd_endpoints !== undefined){
let data160 = data159.etcd_endpoints;
if(((typeof data160 !== "string") && (!((typeof data160 == "number") && (isFinite(data160))))) && (typeof data160 !== "boolean")){
const err168 = {instancePath:instancePath+"/coreos/flannel/etcd_endpoints",schemaPath:"#/properties/coreos/properties/flannel/properties/etcd_endpoints/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.etcd_endpoints.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err168];
}
else {
vErrors.push(err168);
}
errors++;
}
}
if(data159.etcd_cafile !== undefined){
let data161 = data159.etcd_cafile;
if(((typeof data161 !== "string") && (!((typeof data161 == "number") && (isFinite(data161))))) && (typeof data161 !== "boolean")){
const err169 = {instancePath:instancePath+"/coreos/flannel/etcd_cafile",schemaPath:"#/properties/coreos/properties/flannel/properties/etcd_cafile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.etcd_cafile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err169];
}
else {
vErrors.push(err169);
}
errors++;
}
}
if(data159.etcd_certfile !== undefined){
let data162 = data159.etcd_certfile;
if(((typeof data162 !== "string") && (!((typeof data162 == "number") && (isFinite(data162))))) && (typeof data162 !== "boolean")){
const err170 = {instancePath:instancePath+"/coreos/flannel/etcd_certfile",schemaPath:"#/properties/coreos/properties/flannel/properties/etcd_certfile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.etcd_certfile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err170];
}
else {
vErrors.push(err170);
}
errors++;
}
}
if(data159.etcd_keyfile !== undefined){
let data163 = data159.etcd_keyfile;
if(((typeof data163 !== "string") && (!((typeof data163 == "number") && (isFinite(data163))))) && (typeof data163 !== "boolean")){
const err171 = {instancePath:instancePath+"/coreos/flannel/etcd_keyfile",schemaPath:"#/properties/coreos/properties/flannel/properties/etcd_keyfile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.etcd_keyfile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err171];
}
else {
vErrors.push(err171);
}
errors++;
}
}
if(data159.etcd_prefix !== undefined){
let data164 = data159.etcd_prefix;
if(((typeof data164 !== "string") && (!((typeof data164 == "number") && (isFinite(data164))))) && (typeof data164 !== "boolean")){
const err172 = {instancePath:instancePath+"/coreos/flannel/etcd_prefix",schemaPath:"#/properties/coreos/properties/flannel/properties/etcd_prefix/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.etcd_prefix.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err172];
}
else {
vErrors.push(err172);
}
errors++;
}
}
if(data159.etcd_username !== undefined){
let data165 = data159.etcd_username;
if(((typeof data165 !== "string") && (!((typeof data165 == "number") && (isFinite(data165))))) && (typeof data165 !== "boolean")){
const err173 = {instancePath:instancePath+"/coreos/flannel/etcd_username",schemaPath:"#/properties/coreos/properties/flannel/properties/etcd_username/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.etcd_username.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err173];
}
else {
vErrors.push(err173);
}
errors++;
}
}
if(data159.etcd_password !== undefined){
let data166 = data159.etcd_password;
if(((typeof data166 !== "string") && (!((typeof data166 == "number") && (isFinite(data166))))) && (typeof data166 !== "boolean")){
const err174 = {instancePath:instancePath+"/coreos/flannel/etcd_password",schemaPath:"#/properties/coreos/properties/flannel/properties/etcd_password/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.etcd_password.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err174];
}
else {
vErrors.push(err174);
}
errors++;
}
}
if(data159.ip_masq !== undefined){
let data167 = data159.ip_masq;
if(((typeof data167 !== "string") && (!((typeof data167 == "number") && (isFinite(data167))))) && (typeof data167 !== "boolean")){
const err175 = {instancePath:instancePath+"/coreos/flannel/ip_masq",schemaPath:"#/properties/coreos/properties/flannel/properties/ip_masq/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.ip_masq.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err175];
}
else {
vErrors.push(err175);
}
errors++;
}
}
if(data159.subnet_file !== undefined){
let data168 = data159.subnet_file;
if(((typeof data168 !== "string") && (!((typeof data168 == "number") && (isFinite(data168))))) && (typeof data168 !== "boolean")){
const err176 = {instancePath:instancePath+"/coreos/flannel/subnet_file",schemaPath:"#/properties/coreos/properties/flannel/properties/subnet_file/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.subnet_file.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err176];
}
else {
vErrors.push(err176);
}
errors++;
}
}
if(data159.interface !== undefined){
let data169 = data159.interface;
if(((typeof data169 !== "string") && (!((typeof data169 == "number") && (isFinite(data169))))) && (typeof data169 !== "boolean")){
const err177 = {instancePath:instancePath+"/coreos/flannel/interface",schemaPath:"#/properties/coreos/properties/flannel/properties/interface/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.interface.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err177];
}
else {
vErrors.push(err177);
}
errors++;
}
}
if(data159.public_ip !== undefined){
let data170 = data159.public_ip;
if(((typeof data170 !== "string") && (!((typeof data170 == "number") && (isFinite(data170))))) && (typeof data170 !== "boolean")){
const err178 = {instancePath:instancePath+"/coreos/flannel/public_ip",schemaPath:"#/properties/coreos/properties/flannel/properties/public_ip/type",keyword:"type",params:{type: schema11.properties.coreos.properties.flannel.properties.public_ip.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err178];
}
else {
vErrors.push(err178);
}
errors++;
}
}
}
else {
const err179 = {instancePath:instancePath+"/coreos/flannel",schemaPath:"#/properties/coreos/properties/flannel/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err179];
}
else {
vErrors.push(err179);
}
errors++;
}
}
if(data48.locksmith !== undefined){
let data171 = data48.locksmith;
if(data171 && typeof data171 == "object" && !Array.isArray(data171)){
for(const key10 in data171){
if(!(func2.call(schema11.properties.coreos.properties.locksmith.properties, key10))){
const err180 = {instancePath:instancePath+"/coreos/locksmith",schemaPath:"#/properties/coreos/properties/locksmith/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key10},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err180];
}
else {
vErrors.push(err180);
}
errors++;
}
}
if(data171.endpoint !== undefined){
let data172 = data171.endpoint;
if(((typeof data172 !== "string") && (!((typeof data172 == "number") && (isFinite(data172))))) && (typeof data172 !== "boolean")){
const err181 = {instancePath:instancePath+"/coreos/locksmith/endpoint",schemaPath:"#/properties/coreos/properties/locksmith/properties/endpoint/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.endpoint.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err181];
}
else {
vErrors.push(err181);
}
errors++;
}
}
if(data171.etcd_cafile !== undefined){
let data173 = data171.etcd_cafile;
if(((typeof data173 !== "string") && (!((typeof data173 == "number") && (isFinite(data173))))) && (typeof data173 !== "boolean")){
const err182 = {instancePath:instancePath+"/coreos/locksmith/etcd_cafile",schemaPath:"#/properties/coreos/properties/locksmith/properties/etcd_cafile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.etcd_cafile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err182];
}
else {
vErrors.push(err182);
}
errors++;
}
}
if(data171.etcd_certfile !== undefined){
let data174 = data171.etcd_certfile;
if(((typeof data174 !== "string") && (!((typeof data174 == "number") && (isFinite(data174))))) && (typeof data174 !== "boolean")){
const err183 = {instancePath:instancePath+"/coreos/locksmith/etcd_certfile",schemaPath:"#/properties/coreos/properties/locksmith/properties/etcd_certfile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.etcd_certfile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err183];
}
else {
vErrors.push(err183);
}
errors++;
}
}
if(data171.etcd_keyfile !== undefined){
let data175 = data171.etcd_keyfile;
if(((typeof data175 !== "string") && (!((typeof data175 == "number") && (isFinite(data175))))) && (typeof data175 !== "boolean")){
const err184 = {instancePath:instancePath+"/coreos/locksmith/etcd_keyfile",schemaPath:"#/properties/coreos/properties/locksmith/properties/etcd_keyfile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.etcd_keyfile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err184];
}
else {
vErrors.push(err184);
}
errors++;
}
}
if(data171.etcd_username !== undefined){
let data176 = data171.etcd_username;
if(((typeof data176 !== "string") && (!((typeof data176 == "number") && (isFinite(data176))))) && (typeof data176 !== "boolean")){
const err185 = {instancePath:instancePath+"/coreos/locksmith/etcd_username",schemaPath:"#/properties/coreos/properties/locksmith/properties/etcd_username/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.etcd_username.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err185];
}
else {
vErrors.push(err185);
}
errors++;
}
}
if(data171.etcd_password !== undefined){
let data177 = data171.etcd_password;
if(((typeof data177 !== "string") && (!((typeof data177 == "number") && (isFinite(data177))))) && (typeof data177 !== "boolean")){
const err186 = {instancePath:instancePath+"/coreos/locksmith/etcd_password",schemaPath:"#/properties/coreos/properties/locksmith/properties/etcd_password/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.etcd_password.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err186];
}
else {
vErrors.push(err186);
}
errors++;
}
}
if(data171.group !== undefined){
let data178 = data171.group;
if(((typeof data178 !== "string") && (!((typeof data178 == "number") && (isFinite(data178))))) && (typeof data178 !== "boolean")){
const err187 = {instancePath:instancePath+"/coreos/locksmith/group",schemaPath:"#/properties/coreos/properties/locksmith/properties/group/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.group.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err187];
}
else {
vErrors.push(err187);
}
errors++;
}
}
if(data171.window_start !== undefined){
let data179 = data171.window_start;
if(((typeof data179 !== "string") && (!((typeof data179 == "number") && (isFinite(data179))))) && (typeof data179 !== "boolean")){
const err188 = {instancePath:instancePath+"/coreos/locksmith/window_start",schemaPath:"#/properties/coreos/properties/locksmith/properties/window_start/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.window_start.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err188];
}
else {
vErrors.push(err188);
}
errors++;
}
}
if(data171.window_length !== undefined){
let data180 = data171.window_length;
if(((typeof data180 !== "string") && (!((typeof data180 == "number") && (isFinite(data180))))) && (typeof data180 !== "boolean")){
const err189 = {instancePath:instancePath+"/coreos/locksmith/window_length",schemaPath:"#/properties/coreos/properties/locksmith/properties/window_length/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.window_length.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err189];
}
else {
vErrors.push(err189);
}
errors++;
}
}
if(data171.after_failed_update !== undefined){
let data181 = data171.after_failed_update;
if(((typeof data181 !== "string") && (!((typeof data181 == "number") && (isFinite(data181))))) && (typeof data181 !== "boolean")){
const err190 = {instancePath:instancePath+"/coreos/locksmith/after_failed_update",schemaPath:"#/properties/coreos/properties/locksmith/properties/after_failed_update/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.after_failed_update.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err190];
}
else {
vErrors.push(err190);
}
errors++;
}
}
if(data171.drain !== undefined){
let data182 = data171.drain;
if(((typeof data182 !== "string") && (!((typeof data182 == "number") && (isFinite(data182))))) && (typeof data182 !== "boolean")){
const err191 = {instancePath:instancePath+"/coreos/locksmith/drain",schemaPath:"#/properties/coreos/properties/locksmith/properties/drain/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.drain.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err191];
}
else {
vErrors.push(err191);
}
errors++;
}
}
if(data171.etcd_api !== undefined){
let data183 = data171.etcd_api;
if(((typeof data183 !== "string") && (!((typeof data183 == "number") && (isFinite(data183))))) && (typeof data183 !== "boolean")){
const err192 = {instancePath:instancePath+"/coreos/locksmith/etcd_api",schemaPath:"#/properties/coreos/properties/locksmith/properties/etcd_api/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.etcd_api.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err192];
}
else {
vErrors.push(err192);
}
errors++;
}
}
if(data171.etcd_prefix !== undefined){
let data184 = data171.etcd_prefix;
if(((typeof data184 !== "string") && (!((typeof data184 == "number") && (isFinite(data184))))) && (typeof data184 !== "boolean")){
const err193 = {instancePath:instancePath+"/coreos/locksmith/etcd_prefix",schemaPath:"#/properties/coreos/properties/locksmith/properties/etcd_prefix/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.etcd_prefix.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err193];
}
else {
vErrors.push(err193);
}
errors++;
}
}
if(data171.fleetlock_cafile !== undefined){
let data185 = data171.fleetlock_cafile;
if(((typeof data185 !== "string") && (!((typeof data185 == "number") && (isFinite(data185))))) && (typeof data185 !== "boolean")){
const err194 = {instancePath:instancePath+"/coreos/locksmith/fleetlock_cafile",schemaPath:"#/properties/coreos/properties/locksmith/properties/fleetlock_cafile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.fleetlock_cafile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err194];
}
else {
vErrors.push(err194);
}
errors++;
}
}
if(data171.fleetlock_certfile !== undefined){
let data186 = data171.fleetlock_certfile;
if(((typeof data186 !== "string") && (!((typeof data186 == "number") && (isFinite(data186))))) && (typeof data186 !== "boolean")){
const err195 = {instancePath:instancePath+"/coreos/locksmith/fleetlock_certfile",schemaPath:"#/properties/coreos/properties/locksmith/properties/fleetlock_certfile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.fleetlock_certfile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err195];
}
else {
vErrors.push(err195);
}
errors++;
}
}
if(data171.fleetlock_keyfile !== undefined){
let data187 = data171.fleetlock_keyfile;
if(((typeof data187 !== "string") && (!((typeof data187 == "number") && (isFinite(data187))))) && (typeof data187 !== "boolean")){
const err196 = {instancePath:instancePath+"/coreos/locksmith/fleetlock_keyfile",schemaPath:"#/properties/coreos/properties/locksmith/properties/fleetlock_keyfile/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.fleetlock_keyfile.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err196];
}
else {
vErrors.push(err196);
}
errors++;
}
}
if(data171.fleetlock_url !== undefined){
let data188 = data171.fleetlock_url;
if(((typeof data188 !== "string") && (!((typeof data188 == "number") && (isFinite(data188))))) && (typeof data188 !== "boolean")){
const err197 = {instancePath:instancePath+"/coreos/locksmith/fleetlock_url",schemaPath:"#/properties/coreos/properties/locksmith/properties/fleetlock_url/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.fleetlock_url.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err197];
}
else {
vErrors.push(err197);
}
errors++;
}
}
if(data171.lock_ttl !== undefined){
let data189 = data171.lock_ttl;
if(((typeof data189 !== "string") && (!((typeof data189 == "number") && (isFinite(data189))))) && (typeof data189 !== "boolean")){
const err198 = {instancePath:instancePath+"/coreos/locksmith/lock_ttl",schemaPath:"#/properties/coreos/properties/locksmith/properties/lock_ttl/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.lock_ttl.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err198];
}
else {
vErrors.push(err198);
}
errors++;
}
}
if(data171.login_warning !== undefined){
let data190 = data171.login_warning;
if(((typeof data190 !== "string") && (!((typeof data190 == "number") && (isFinite(data190))))) && (typeof data190 !== "boolean")){
const err199 = {instancePath:instancePath+"/coreos/locksmith/login_warning",schemaPath:"#/properties/coreos/properties/locksmith/properties/login_warning/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.login_warning.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err199];
}
else {
vErrors.push(err199);
}
errors++;
}
}
if(data171.reboot_except !== undefined){
let data191 = data171.reboot_except;
if(((typeof data191 !== "string") && (!((typeof data191 == "number") && (isFinite(data191))))) && (typeof data191 !== "boolean")){
const err200 = {instancePath:instancePath+"/coreos/locksmith/reboot_except",schemaPath:"#/properties/coreos/properties/locksmith/properties/reboot_except/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.reboot_except.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err200];
}
else {
vErrors.push(err200);
}
errors++;
}
}
if(data171.reboot_fuzz !== undefined){
let data192 = data171.reboot_fuzz;
if(((typeof data192 !== "string") && (!((typeof data192 == "number") && (isFinite(data192))))) && (typeof data192 !== "boolean")){
const err201 = {instancePath:instancePath+"/coreos/locksmith/reboot_fuzz",schemaPath:"#/properties/coreos/properties/locksmith/properties/reboot_fuzz/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.reboot_fuzz.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err201];
}
else {
vErrors.push(err201);
}
errors++;
}
}
if(data171.reboot_required !== undefined){
let data193 = data171.reboot_required;
if(((typeof data193 !== "string") && (!((typeof data193 == "number") && (isFinite(data193))))) && (typeof data193 !== "boolean")){
const err202 = {instancePath:instancePath+"/coreos/locksmith/reboot_required",schemaPath:"#/properties/coreos/properties/locksmith/properties/reboot_required/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.reboot_required.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err202];
}
else {
vErrors.push(err202);
}
errors++;
}
}
if(data171.reboot_windows !== undefined){
let data194 = data171.reboot_windows;
if(((typeof data194 !== "string") && (!((typeof data194 == "number") && (isFinite(data194))))) && (typeof data194 !== "boolean")){
const err203 = {instancePath:instancePath+"/coreos/locksmith/reboot_windows",schemaPath:"#/properties/coreos/properties/locksmith/properties/reboot_windows/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.reboot_windows.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err203];
}
else {
vErrors.push(err203);
}
errors++;
}
}
if(data171.reboot_zone !== undefined){
let data195 = data171.reboot_zone;
if(((typeof data195 !== "string") && (!((typeof data195 == "number") && (isFinite(data195))))) && (typeof data195 !== "boolean")){
const err204 = {instancePath:instancePath+"/coreos/locksmith/reboot_zone",schemaPath:"#/properties/coreos/properties/locksmith/properties/reboot_zone/type",keyword:"type",params:{type: schema11.properties.coreos.properties.locksmith.properties.reboot_zone.type},message:"must be string,number,boolean"};
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
const err205 = {instancePath:instancePath+"/coreos/locksmith",schemaPath:"#/properties/coreos/properties/locksmith/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err205];
}
else {
vErrors.push(err205);
}
errors++;
}
}
if(data48.update !== undefined){
let data196 = data48.update;
if(data196 && typeof data196 == "object" && !Array.isArray(data196)){
for(const key11 in data196){
if(!(((key11 === "reboot_strategy") || (key11 === "group")) || (key11 === "server"))){
const err206 = {instancePath:instancePath+"/coreos/update",schemaPath:"#/properties/coreos/properties/update/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key11},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err206];
}
else {
vErrors.push(err206);
}
errors++;
}
}
if(data196.reboot_strategy !== undefined){
let data197 = data196.reboot_strategy;
if(!(((((data197 === "etcd-lock") || (data197 === "fleet-lock")) || (data197 === "reboot")) || (data197 === "off")) || (data197 === false))){
const err207 = {instancePath:instancePath+"/coreos/update/reboot_strategy",schemaPath:"#/properties/coreos/properties/update/properties/reboot_strategy/enum",keyword:"enum",params:{allowedValues: schema11.properties.coreos.properties.update.properties.reboot_strategy.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err207];
}
else {
vErrors.push(err207);
}
errors++;
}
}
if(data196.group !== undefined){
let data198 = data196.group;
if(((typeof data198 !== "string") && (!((typeof data198 == "number") && (isFinite(data198))))) && (typeof data198 !== "boolean")){
const err208 = {instancePath:instancePath+"/coreos/update/group",schemaPath:"#/properties/coreos/properties/update/properties/group/type",keyword:"type",params:{type: schema11.properties.coreos.properties.update.properties.group.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err208];
}
else {
vErrors.push(err208);
}
errors++;
}
}
if(data196.server !== undefined){
let data199 = data196.server;
if(((typeof data199 !== "string") && (!((typeof data199 == "number") && (isFinite(data199))))) && (typeof data199 !== "boolean")){
const err209 = {instancePath:instancePath+"/coreos/update/server",schemaPath:"#/properties/coreos/properties/update/properties/server/type",keyword:"type",params:{type: schema11.properties.coreos.properties.update.properties.server.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err209];
}
else {
vErrors.push(err209);
}
errors++;
}
}
}
else {
const err210 = {instancePath:instancePath+"/coreos/update",schemaPath:"#/properties/coreos/properties/update/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err210];
}
else {
vErrors.push(err210);
}
errors++;
}
}
if(data48.oem !== undefined){
let data200 = data48.oem;
if(data200 && typeof data200 == "object" && !Array.isArray(data200)){
for(const key12 in data200){
if(!(((((key12 === "id") || (key12 === "name")) || (key12 === "version_id")) || (key12 === "home_url")) || (key12 === "bug_report_url"))){
const err211 = {instancePath:instancePath+"/coreos/oem",schemaPath:"#/properties/coreos/properties/oem/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key12},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err211];
}
else {
vErrors.push(err211);
}
errors++;
}
}
if(data200.id !== undefined){
let data201 = data200.id;
if(((typeof data201 !== "string") && (!((typeof data201 == "number") && (isFinite(data201))))) && (typeof data201 !== "boolean")){
const err212 = {instancePath:instancePath+"/coreos/oem/id",schemaPath:"#/properties/coreos/properties/oem/properties/id/type",keyword:"type",params:{type: schema11.properties.coreos.properties.oem.properties.id.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err212];
}
else {
vErrors.push(err212);
}
errors++;
}
}
if(data200.name !== undefined){
let data202 = data200.name;
if(((typeof data202 !== "string") && (!((typeof data202 == "number") && (isFinite(data202))))) && (typeof data202 !== "boolean")){
const err213 = {instancePath:instancePath+"/coreos/oem/name",schemaPath:"#/properties/coreos/properties/oem/properties/name/type",keyword:"type",params:{type: schema11.properties.coreos.properties.oem.properties.name.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err213];
}
else {
vErrors.push(err213);
}
errors++;
}
}
if(data200.version_id !== undefined){
let data203 = data200.version_id;
if(((typeof data203 !== "string") && (!((typeof data203 == "number") && (isFinite(data203))))) && (typeof data203 !== "boolean")){
const err214 = {instancePath:instancePath+"/coreos/oem/version_id",schemaPath:"#/properties/coreos/properties/oem/properties/version_id/type",keyword:"type",params:{type: schema11.properties.coreos.properties.oem.properties.version_id.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err214];
}
else {
vErrors.push(err214);
}
errors++;
}
}
if(data200.home_url !== undefined){
let data204 = data200.home_url;
if(((typeof data204 !== "string") && (!((typeof data204 == "number") && (isFinite(data204))))) && (typeof data204 !== "boolean")){
const err215 = {instancePath:instancePath+"/coreos/oem/home_url",schemaPath:"#/properties/coreos/properties/oem/properties/home_url/type",keyword:"type",params:{type: schema11.properties.coreos.properties.oem.properties.home_url.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err215];
}
else {
vErrors.push(err215);
}
errors++;
}
}
if(data200.bug_report_url !== undefined){
let data205 = data200.bug_report_url;
if(((typeof data205 !== "string") && (!((typeof data205 == "number") && (isFinite(data205))))) && (typeof data205 !== "boolean")){
const err216 = {instancePath:instancePath+"/coreos/oem/bug_report_url",schemaPath:"#/properties/coreos/properties/oem/properties/bug_report_url/type",keyword:"type",params:{type: schema11.properties.coreos.properties.oem.properties.bug_report_url.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err216];
}
else {
vErrors.push(err216);
}
errors++;
}
}
}
else {
const err217 = {instancePath:instancePath+"/coreos/oem",schemaPath:"#/properties/coreos/properties/oem/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err217];
}
else {
vErrors.push(err217);
}
errors++;
}
}
if(data48.units !== undefined){
let data206 = data48.units;
if(Array.isArray(data206)){
const len11 = data206.length;
for(let i11=0; i11<len11; i11++){
let data207 = data206[i11];
if(data207 && typeof data207 == "object" && !Array.isArray(data207)){
if(data207.name === undefined){
const err218 = {instancePath:instancePath+"/coreos/units/" + i11,schemaPath:"#/properties/coreos/properties/units/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err218];
}
else {
vErrors.push(err218);
}
errors++;
}
for(const key13 in data207){
if(!(((((((key13 === "name") || (key13 === "content")) || (key13 === "enable")) || (key13 === "runtime")) || (key13 === "mask")) || (key13 === "command")) || (key13 === "drop_ins"))){
const err219 = {instancePath:instancePath+"/coreos/units/" + i11,schemaPath:"#/properties/coreos/properties/units/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key13},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err219];
}
else {
vErrors.push(err219);
}
errors++;
}
}
if(data207.name !== undefined){
let data208 = data207.name;
if(((typeof data208 !== "string") && (!((typeof data208 == "number") && (isFinite(data208))))) && (typeof data208 !== "boolean")){
const err220 = {instancePath:instancePath+"/coreos/units/" + i11+"/name",schemaPath:"#/properties/coreos/properties/units/items/properties/name/type",keyword:"type",params:{type: schema11.properties.coreos.properties.units.items.properties.name.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err220];
}
else {
vErrors.push(err220);
}
errors++;
}
}
if(data207.content !== undefined){
let data209 = data207.content;
if(((typeof data209 !== "string") && (!((typeof data209 == "number") && (isFinite(data209))))) && (typeof data209 !== "boolean")){
const err221 = {instancePath:instancePath+"/coreos/units/" + i11+"/content",schemaPath:"#/properties/coreos/properties/units/items/properties/content/type",keyword:"type",params:{type: schema11.properties.coreos.properties.units.items.properties.content.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err221];
}
else {
vErrors.push(err221);
}
errors++;
}
}
if(data207.enable !== undefined){
if(typeof data207.enable !== "boolean"){
const err222 = {instancePath:instancePath+"/coreos/units/" + i11+"/enable",schemaPath:"#/properties/coreos/properties/units/items/properties/enable/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err222];
}
else {
vErrors.push(err222);
}
errors++;
}
}
if(data207.runtime !== undefined){
if(typeof data207.runtime !== "boolean"){
const err223 = {instancePath:instancePath+"/coreos/units/" + i11+"/runtime",schemaPath:"#/properties/coreos/properties/units/items/properties/runtime/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err223];
}
else {
vErrors.push(err223);
}
errors++;
}
}
if(data207.mask !== undefined){
if(typeof data207.mask !== "boolean"){
const err224 = {instancePath:instancePath+"/coreos/units/" + i11+"/mask",schemaPath:"#/properties/coreos/properties/units/items/properties/mask/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err224];
}
else {
vErrors.push(err224);
}
errors++;
}
}
if(data207.command !== undefined){
let data213 = data207.command;
if(!(((((((data213 === "start") || (data213 === "stop")) || (data213 === "restart")) || (data213 === "reload")) || (data213 === "try-restart")) || (data213 === "reload-or-restart")) || (data213 === "reload-or-try-restart"))){
const err225 = {instancePath:instancePath+"/coreos/units/" + i11+"/command",schemaPath:"#/properties/coreos/properties/units/items/properties/command/enum",keyword:"enum",params:{allowedValues: schema11.properties.coreos.properties.units.items.properties.command.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err225];
}
else {
vErrors.push(err225);
}
errors++;
}
}
if(data207.drop_ins !== undefined){
let data214 = data207.drop_ins;
if(Array.isArray(data214)){
const len12 = data214.length;
for(let i12=0; i12<len12; i12++){
let data215 = data214[i12];
if(data215 && typeof data215 == "object" && !Array.isArray(data215)){
if(data215.name === undefined){
const err226 = {instancePath:instancePath+"/coreos/units/" + i11+"/drop_ins/" + i12,schemaPath:"#/properties/coreos/properties/units/items/properties/drop_ins/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err226];
}
else {
vErrors.push(err226);
}
errors++;
}
if(data215.content === undefined){
const err227 = {instancePath:instancePath+"/coreos/units/" + i11+"/drop_ins/" + i12,schemaPath:"#/properties/coreos/properties/units/items/properties/drop_ins/items/required",keyword:"required",params:{missingProperty: "content"},message:"must have required property '"+"content"+"'"};
if(vErrors === null){
vErrors = [err227];
}
else {
vErrors.push(err227);
}
errors++;
}
for(const key14 in data215){
if(!((key14 === "name") || (key14 === "content"))){
const err228 = {instancePath:instancePath+"/coreos/units/" + i11+"/drop_ins/" + i12,schemaPath:"#/properties/coreos/properties/units/items/properties/drop_ins/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key14},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err228];
}
else {
vErrors.push(err228);
}
errors++;
}
}
if(data215.name !== undefined){
let data216 = data215.name;
if(((typeof data216 !== "string") && (!((typeof data216 == "number") && (isFinite(data216))))) && (typeof data216 !== "boolean")){
const err229 = {instancePath:instancePath+"/coreos/units/" + i11+"/drop_ins/" + i12+"/name",schemaPath:"#/properties/coreos/properties/units/items/properties/drop_ins/items/properties/name/type",keyword:"type",params:{type: schema11.properties.coreos.properties.units.items.properties.drop_ins.items.properties.name.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err229];
}
else {
vErrors.push(err229);
}
errors++;
}
}
if(data215.content !== undefined){
let data217 = data215.content;
if(((typeof data217 !== "string") && (!((typeof data217 == "number") && (isFinite(data217))))) && (typeof data217 !== "boolean")){
const err230 = {instancePath:instancePath+"/coreos/units/" + i11+"/drop_ins/" + i12+"/content",schemaPath:"#/properties/coreos/properties/units/items/properties/drop_ins/items/properties/content/type",keyword:"type",params:{type: schema11.properties.coreos.properties.units.items.properties.drop_ins.items.properties.content.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err230];
}
else {
vErrors.push(err230);
}
errors++;
}
}
}
else {
const err231 = {instancePath:instancePath+"/coreos/units/" + i11+"/drop_ins/" + i12,schemaPath:"#/properties/coreos/properties/units/items/properties/drop_ins/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err231];
}
else {
vErrors.push(err231);
}
errors++;
}
}
}
else {
const err232 = {instancePath:instancePath+"/coreos/units/" + i11+"/drop_ins",schemaPath:"#/properties/coreos/properties/units/items/properties/drop_ins/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err232];
}
else {
vErrors.push(err232);
}
errors++;
}
}
}
else {
const err233 = {instancePath:instancePath+"/coreos/units/" + i11,schemaPath:"#/properties/coreos/properties/units/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err233];
}
else {
vErrors.push(err233);
}
errors++;
}
}
}
else {
const err234 = {instancePath:instancePath+"/coreos/units",schemaPath:"#/properties/coreos/properties/units/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err234];
}
else {
vErrors.push(err234);
}
errors++;
}
}
}
else {
const err235 = {instancePath:instancePath+"/coreos",schemaPath:"#/properties/coreos/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err235];
}
else {
vErrors.push(err235);
}
errors++;
}
}
if(data.manage_etc_hosts !== undefined){
if(!(data.manage_etc_hosts === "localhost")){
const err236 = {instancePath:instancePath+"/manage_etc_hosts",schemaPath:"#/properties/manage_etc_hosts/enum",keyword:"enum",params:{allowedValues: schema11.properties.manage_etc_hosts.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err236];
}
else {
vErrors.push(err236);
}
errors++;
}
}
if(data.timezone !== undefined){
let data219 = data.timezone;
if(((typeof data219 !== "string") && (!((typeof data219 == "number") && (isFinite(data219))))) && (typeof data219 !== "boolean")){
const err237 = {instancePath:instancePath+"/timezone",schemaPath:"#/properties/timezone/type",keyword:"type",params:{type: schema11.properties.timezone.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err237];
}
else {
vErrors.push(err237);
}
errors++;
}
}
if(data.locale !== undefined){
let data220 = data.locale;
if(((typeof data220 !== "string") && (!((typeof data220 == "number") && (isFinite(data220))))) && (typeof data220 !== "boolean")){
const err238 = {instancePath:instancePath+"/locale",schemaPath:"#/properties/locale/type",keyword:"type",params:{type: schema11.properties.locale.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err238];
}
else {
vErrors.push(err238);
}
errors++;
}
}
if(data.ntp !== undefined){
let data221 = data.ntp;
if((!(data221 && typeof data221 == "object" && !Array.isArray(data221))) && (data221 !== null)){
const err239 = {instancePath:instancePath+"/ntp",schemaPath:"#/properties/ntp/type",keyword:"type",params:{type: schema11.properties.ntp.type},message:"must be object,null"};
if(vErrors === null){
vErrors = [err239];
}
else {
vErrors.push(err239);
}
errors++;
}
if(data221 && typeof data221 == "object" && !Array.isArray(data221)){
for(const key15 in data221){
if(!((((key15 === "enabled") || (key15 === "servers")) || (key15 === "pools")) || (key15 === "ntp_client"))){
const err240 = {instancePath:instancePath+"/ntp",schemaPath:"#/properties/ntp/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key15},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err240];
}
else {
vErrors.push(err240);
}
errors++;
}
}
if(data221.enabled !== undefined){
if(typeof data221.enabled !== "boolean"){
const err241 = {instancePath:instancePath+"/ntp/enabled",schemaPath:"#/properties/ntp/properties/enabled/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err241];
}
else {
vErrors.push(err241);
}
errors++;
}
}
if(data221.servers !== undefined){
let data223 = data221.servers;
if((!(Array.isArray(data223))) && (typeof data223 !== "string")){
const err242 = {instancePath:instancePath+"/ntp/servers",schemaPath:"#/properties/ntp/properties/servers/type",keyword:"type",params:{type: schema11.properties.ntp.properties.servers.type},message:"must be array,string"};
if(vErrors === null){
vErrors = [err242];
}
else {
vErrors.push(err242);
}
errors++;
}
if(Array.isArray(data223)){
const len13 = data223.length;
for(let i13=0; i13<len13; i13++){
let data224 = data223[i13];
if(((typeof data224 !== "string") && (!((typeof data224 == "number") && (isFinite(data224))))) && (typeof data224 !== "boolean")){
const err243 = {instancePath:instancePath+"/ntp/servers/" + i13,schemaPath:"#/properties/ntp/properties/servers/items/type",keyword:"type",params:{type: schema11.properties.ntp.properties.servers.items.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err243];
}
else {
vErrors.push(err243);
}
errors++;
}
}
}
}
if(data221.pools !== undefined){
let data225 = data221.pools;
if((!(Array.isArray(data225))) && (typeof data225 !== "string")){
const err244 = {instancePath:instancePath+"/ntp/pools",schemaPath:"#/properties/ntp/properties/pools/type",keyword:"type",params:{type: schema11.properties.ntp.properties.pools.type},message:"must be array,string"};
if(vErrors === null){
vErrors = [err244];
}
else {
vErrors.push(err244);
}
errors++;
}
if(Array.isArray(data225)){
const len14 = data225.length;
for(let i14=0; i14<len14; i14++){
let data226 = data225[i14];
if(((typeof data226 !== "string") && (!((typeof data226 == "number") && (isFinite(data226))))) && (typeof data226 !== "boolean")){
const err245 = {instancePath:instancePath+"/ntp/pools/" + i14,schemaPath:"#/properties/ntp/properties/pools/items/type",keyword:"type",params:{type: schema11.properties.ntp.properties.pools.items.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err245];
}
else {
vErrors.push(err245);
}
errors++;
}
}
}
}
if(data221.ntp_client !== undefined){
let data227 = data221.ntp_client;
if(!((data227 === "auto") || (data227 === "systemd-timesyncd"))){
const err246 = {instancePath:instancePath+"/ntp/ntp_client",schemaPath:"#/properties/ntp/properties/ntp_client/enum",keyword:"enum",params:{allowedValues: schema11.properties.ntp.properties.ntp_client.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err246];
}
else {
vErrors.push(err246);
}
errors++;
}
}
}
}
if(data.ca_certs !== undefined){
let data228 = data.ca_certs;
if(data228 && typeof data228 == "object" && !Array.isArray(data228)){
for(const key16 in data228){
if(!((key16 === "trusted") || (key16 === "remove_defaults"))){
const err247 = {instancePath:instancePath+"/ca_certs",schemaPath:"#/properties/ca_certs/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key16},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err247];
}
else {
vErrors.push(err247);
}
errors++;
}
}
if(data228.trusted !== undefined){
let data229 = data228.trusted;
if((!(Array.isArray(data229))) && (typeof data229 !== "string")){
const err248 = {instancePath:instancePath+"/ca_certs/trusted",schemaPath:"#/properties/ca_certs/properties/trusted/type",keyword:"type",params:{type: schema11.properties.ca_certs.properties.trusted.type},message:"must be array,string"};
if(vErrors === null){
vErrors = [err248];
}
else {
vErrors.push(err248);
}
errors++;
}
if(Array.isArray(data229)){
const len15 = data229.length;
for(let i15=0; i15<len15; i15++){
if(typeof data229[i15] !== "string"){
const err249 = {instancePath:instancePath+"/ca_certs/trusted/" + i15,schemaPath:"#/properties/ca_certs/properties/trusted/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err249];
}
else {
vErrors.push(err249);
}
errors++;
}
}
}
}
if(data228.remove_defaults !== undefined){
if(typeof data228.remove_defaults !== "boolean"){
const err250 = {instancePath:instancePath+"/ca_certs/remove_defaults",schemaPath:"#/properties/ca_certs/properties/remove_defaults/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err250];
}
else {
vErrors.push(err250);
}
errors++;
}
}
}
else {
const err251 = {instancePath:instancePath+"/ca_certs",schemaPath:"#/properties/ca_certs/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err251];
}
else {
vErrors.push(err251);
}
errors++;
}
}
if(data.bootcmd !== undefined){
let data232 = data.bootcmd;
if(Array.isArray(data232)){
const len16 = data232.length;
for(let i16=0; i16<len16; i16++){
let data233 = data232[i16];
if(((((typeof data233 !== "string") && (!(Array.isArray(data233)))) && (!((typeof data233 == "number") && (isFinite(data233))))) && (typeof data233 !== "boolean")) && (data233 !== null)){
const err252 = {instancePath:instancePath+"/bootcmd/" + i16,schemaPath:"#/properties/bootcmd/items/type",keyword:"type",params:{type: schema11.properties.bootcmd.items.type},message:"must be string,array,number,boolean,null"};
if(vErrors === null){
vErrors = [err252];
}
else {
vErrors.push(err252);
}
errors++;
}
if(Array.isArray(data233)){
const len17 = data233.length;
for(let i17=0; i17<len17; i17++){
let data234 = data233[i17];
if(((typeof data234 !== "string") && (!((typeof data234 == "number") && (isFinite(data234))))) && (typeof data234 !== "boolean")){
const err253 = {instancePath:instancePath+"/bootcmd/" + i16+"/" + i17,schemaPath:"#/properties/bootcmd/items/items/type",keyword:"type",params:{type: schema11.properties.bootcmd.items.items.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err253];
}
else {
vErrors.push(err253);
}
errors++;
}
}
}
}
}
else {
const err254 = {instancePath:instancePath+"/bootcmd",schemaPath:"#/properties/bootcmd/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err254];
}
else {
vErrors.push(err254);
}
errors++;
}
}
if(data.runcmd !== undefined){
let data235 = data.runcmd;
if(Array.isArray(data235)){
const len18 = data235.length;
for(let i18=0; i18<len18; i18++){
let data236 = data235[i18];
if(((((typeof data236 !== "string") && (!(Array.isArray(data236)))) && (!((typeof data236 == "number") && (isFinite(data236))))) && (typeof data236 !== "boolean")) && (data236 !== null)){
const err255 = {instancePath:instancePath+"/runcmd/" + i18,schemaPath:"#/properties/runcmd/items/type",keyword:"type",params:{type: schema11.properties.runcmd.items.type},message:"must be string,array,number,boolean,null"};
if(vErrors === null){
vErrors = [err255];
}
else {
vErrors.push(err255);
}
errors++;
}
if(Array.isArray(data236)){
const len19 = data236.length;
for(let i19=0; i19<len19; i19++){
let data237 = data236[i19];
if(((typeof data237 !== "string") && (!((typeof data237 == "number") && (isFinite(data237))))) && (typeof data237 !== "boolean")){
const err256 = {instancePath:instancePath+"/runcmd/" + i18+"/" + i19,schemaPath:"#/properties/runcmd/items/items/type",keyword:"type",params:{type: schema11.properties.runcmd.items.items.type},message:"must be string,number,boolean"};
if(vErrors === null){
vErrors = [err256];
}
else {
vErrors.push(err256);
}
errors++;
}
}
}
}
}
else {
const err257 = {instancePath:instancePath+"/runcmd",schemaPath:"#/properties/runcmd/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err257];
}
else {
vErrors.push(err257);
}
errors++;
}
}
}
else {
const err258 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err258];
}
else {
vErrors.push(err258);
}
errors++;
}
validate10.errors = vErrors;
return errors === 0;
}

export const schema = schema11;
