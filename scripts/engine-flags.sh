#!/usr/bin/env sh
# Prints the settings with which llama.cpp, the embedded engine, is built for
# this machine's processor: a tenth faster with AVX-512 than without, and prompts
# by half again with AMX. It asks for single features, never for the "native"
# processor, and for AMX only after a small program has run with it: some virtual
# machines announce more than they can run, and some compilers get it wrong.
set -eu

[ -r /proc/cpuinfo ] || exit 0
flags=" $(sed -n 's/^flags[^:]*: *//p' /proc/cpuinfo | head -n 1) "

has() {
    case "$flags" in *" $1 "*) return 0 ;; *) return 1 ;; esac
}

# An old compiler does not know the newer ones.
knows() {
    printf '' | c++ "$1" -x c++ -E - >/dev/null 2>&1
}

# GCC 12 leaves most of AMX's configuration out, since it takes the stores for dead.
keep_stores=-fno-dse

# Compiles the probe as the engine is compiled, and runs it.
runs_amx() {
    probe=$(mktemp) || return 1
    c++ -O3 -mavx512f -mamx-tile -mamx-int8 "$keep_stores" "$(dirname "$0")/amx_probe.cpp" -o "$probe" 2>/dev/null &&
        "$probe" >/dev/null 2>&1
    result=$?
    rm -f "$probe"
    return $result
}

if has avx512f && has avx512cd && has avx512bw && has avx512dq && has avx512vl && knows -mavx512f; then
    printf 'GGML_AVX512=ON '
    ! { has avx512vbmi && knows -mavx512vbmi; } || printf 'GGML_AVX512_VBMI=ON '
    ! { has avx512_bf16 && knows -mavx512bf16; } || printf 'GGML_AVX512_BF16=ON '
    if has avx512_vnni && knows -mavx512vnni; then
        printf 'GGML_AVX512_VNNI=ON '
        # Who sets options of their own keeps them, and goes without AMX.
        if has amx_tile && has amx_int8 && [ -z "${CXXFLAGS:-}" ] && runs_amx; then
            printf 'GGML_AMX_TILE=ON GGML_AMX_INT8=ON CXXFLAGS=%s ' "$keep_stores"
        fi
    fi
fi
echo
