// Ends with 0 if this machine really runs AMX's tiles, and the compiler loads their configuration
// whole: GCC 12 takes most of a configuration on the stack for unused and leaves it out.
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

// As Intel's manual lays it out.
struct Configuration {
    uint8_t palette = 1;
    uint8_t start_row = 0;
    uint8_t reserved[14] = {};
    uint16_t bytes_of_a_row[16] = {};
    uint8_t rows[16] = {};
};

// Linux's arch_prctl: asks for the tiles' data, which a process does not have by default.
constexpr int ASK_FOR_PERMISSION = 0x1023;
constexpr int TILE_DATA = 18;

static void configure() {
    alignas(64) Configuration tiles = {};
    tiles.rows[0] = 16;
    tiles.rows[1] = 16;
    tiles.rows[2] = 16;
    tiles.bytes_of_a_row[0] = 64;
    tiles.bytes_of_a_row[1] = 64;
    tiles.bytes_of_a_row[2] = 64;
    _tile_loadconfig(&tiles);
}

int main() {
    if (syscall(SYS_arch_prctl, ASK_FOR_PERMISSION, TILE_DATA) != 0) {
        return 1;
    }
    alignas(64) static int8_t ones[16 * 64];
    alignas(64) static int8_t twos[16 * 64];
    alignas(64) static int32_t sums[16 * 16];
    for (int place = 0; place < 16 * 64; place++) {
        ones[place] = 1;
        twos[place] = 2;
    }
    configure();
    _tile_zero(0);
    _tile_loadd(1, ones, 64);
    _tile_loadd(2, twos, 64);
    _tile_dpbssd(0, 1, 2);
    _tile_stored(0, sums, 64);
    _tile_release();
    return sums[0] == 128 && sums[255] == 128 ? 0 : 1;
}
