"""main.cf and master.cf of the private Postfix; the names in braces are filled in by `postfix.py`."""

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log/maillog
maillog_file_prefixes = {folder}
import_environment = MAIL_CONFIG
myhostname = {host}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = all
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
append_dot_mydomain = no
disable_dns_lookups = yes
smtpd_peername_lookup = no
default_transport = error:5.4.4 nothing leaves this machine
relay_transport = error:5.4.4 nothing leaves this machine
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_authorized_xclient_hosts = static:all
# XCLIENT keeps the rewrite context of loopback: without this a client's headers would be completed.
local_header_rewrite_clients =
message_size_limit = {message_size_limit}
virtual_mailbox_limit = 0
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/etc/mailboxes
virtual_uid_maps = texthash:{folder}/etc/owners, static:{uid}
virtual_gid_maps = texthash:{folder}/etc/owners, static:{uid}
virtual_minimum_uid = 1
smtpd_client_connection_count_limit = 0
smtputf8_enable = yes
smtpd_milters = {milters}
milter_connect_timeout = 10s
"""

MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
    -o milter_macro_daemon_name=ORIGINATING
127.0.0.1:{unfiltered} inet n - n - - smtpd
    -o smtpd_milters=
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
