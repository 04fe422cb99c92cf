# SPDX-License-Identifier: EUPL-1.2
"""The house as data: which room stands on which, what may never meet, and which words are banned where."""
from typing import NamedTuple

# Each room and the rooms it stands on directly; it may use those and whatever they stand on.
PLATFORM_FOUNDATION = ["platform/clock", "platform/entropy", "platform/files"]
PLATFORM = PLATFORM_FOUNDATION + [
    "platform/key_shares", "platform/key_vault", "platform/qr_code", "platform/connectivity", "platform/https_client", "platform/https_server",
    "platform/relay_storage", "platform/relay_storage_postgresql", "platform/receipt_signer",
    "platform/vault_socket", "platform/c_abi", "platform/java",
]
TRANSFER = "tools/transfer"  # files in and out of a vault, for the programs that have one
TOOLS = ["tools/thuisbasis", "tools/thuisbasisd", "tools/simulator", "tools/crash", "tools/bench", "tools/example"]

# Programs that are no part of the product, and so may stand on the tests' fakes.
DRIVES_TESTS = ["tools/crash", "tools/simulator"]

STANDS_ON = {
    "proto/wire": [],
    "proto/records": [],
    "core/base": ["proto/wire", "proto/records"],
    "core/verify": ["core/base"],
    "core/pack": ["core/verify"],
    "core/crypto": ["core/verify"],
    "core/merge": ["core/verify"],
    "core/schema": ["core/merge"],
    "core/store": ["core/schema", "core/crypto"],
    "core/circle": ["core/store", "core/pack"],
    "core/vault": ["core/circle"],
    "sync/wire": ["core/verify"],
    "sync/client": ["sync/wire", "core/vault"],
    "sync/relay": ["sync/wire"],
    **{room: ["sync/client", "sync/relay"] for room in PLATFORM_FOUNDATION},
    **{room: PLATFORM_FOUNDATION for room in PLATFORM if room not in PLATFORM_FOUNDATION},
    TRANSFER: ["core/vault"],
    **{room: PLATFORM + [TRANSFER] for room in TOOLS},
}

# End-to-end encryption as a build rule: the server side cannot open what it carries.
BLIND = ["sync/relay", "tools/thuisbasisd"]
NEVER_AT_THE_RELAY = ["core/crypto", "core/store", "core/circle", "core/vault", "proto/records"]

class Ban(NamedTuple):
    """What may not stand in code (comments and strings do not count), and what to do instead."""
    folders: tuple
    pattern: str
    what: str
    instead: str
    only_offered: bool = False  # looks at public headers only, those that tb_room lists


PURE = ("core", "sync")
EVERYWHERE = ("core", "sync", "platform", "tools")
BANNED = [
    Ban(PURE, r"#\s*include\s*<(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token|pthread\.h)>",
        "threads", "write a pure step and let the driver in platform or tools decide who calls it"),
    Ban(PURE, r"\b(system_clock|steady_clock|high_resolution_clock|clock_gettime|gettimeofday)\b"
        r"|\b(std::)?time\s*\(\s*(nullptr|NULL|0)\s*\)",
        "reading a clock", "take a Clock (core/base/clock.h)"),
    Ban(PURE, r"#\s*include\s*<random>"
        r"|\b(rand|srand|random_device|getrandom|RAND_bytes|RAND_priv_bytes|randombytes_buf|randombytes)\b\s*[({;]",
        "drawing randomness", "take a Random (core/base/random.h)"),
    Ban(PURE, r"#\s*include\s*<(sys/socket\.h|netinet/[\w.]+|arpa/[\w.]+|netdb\.h|sys/un\.h|curl/[\w.]+"
        r"|boost/asio[\w./]*|boost/beast[\w./]*)>",
        "sockets", "pass HttpRequest and HttpResponse values (sync/wire); sockets live in platform"),
    Ban(PURE, r"#\s*include\s*<(fstream|filesystem|fcntl\.h|unistd\.h|sys/stat\.h|sys/mman\.h)>|\bfopen\s*\(",
        "file access", "go through SQLite's VFS or an interface that platform/files implements"),
    Ban(PURE, r"\b(getenv|setenv)\s*\(", "reading the environment", "pass the value in from tools"),
    Ban(PURE, r"\bstd::(cout|cerr|clog)\b|\bprintf\s*\(", "printing", "return it; tools print"),
    Ban(PURE, r"\b(shared_ptr|make_shared|enable_shared_from_this)\b",
        "shared ownership", "use a value, a unique_ptr for the one owner, or a reference to what outlives it"),
    Ban(EVERYWHERE, r"#\s*include\s*<(boost/[\w./]+|CLI/[\w.]+|nlohmann/[\w.]+|toml\+\+/[\w.]+|spdlog/[\w./-]+|prometheus/[\w.]+|curl/[\w.]+)>",
        "a heavy header in a public header", "include it in a .cc file, behind a struct or an interface",
        only_offered=True),
    Ban(("tests",), r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<!\w)::sleep\s*\(",
        "sleeping in a test", "drive a FakeClock; only tests/e2e may wait for real time"),
]
MAY_WAIT = ("tests/e2e",)
