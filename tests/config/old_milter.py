"""The settings of another DQS milter, as its environment file has them."""

KEY = "canaryabcdefghijklmnopqrst"

#: Every variable, with the old milter's own default or example, by its name without the prefix.
VARIABLES = {
    "API_KEY": KEY,
    "LISTEN": "inet:11332@localhost",
    "LOG_LEVEL": "INFO",
    "NAMESERVERS": "127.0.0.1,::1",
    "MILTER_TIMEOUT": "2",
    "DNS_LIFETIME": "1.8",
    "DNS_PER_TRY": "0.7",
    "CACHE_MAX": "20000",
    "CACHE_TTL_LISTED": "600",
    "CACHE_TTL_UNLISTED": "300",
    "ZEN_ENABLE": "1",
    "ZEN_REJECT_CODES": "2,3,4,9,10,11",
    "IP_WHITELIST": "11.0.0.10, 2a00:db8::1",
    "DOMAIN_WHITELIST": "harbour.com,Bücher.de.",
    "DOMAIN_SUFFIX_WHITELIST": "uni.edu",
    "WHITELIST_SKIP_ALL": "0",
}
