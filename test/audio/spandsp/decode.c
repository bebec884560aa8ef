/* Decodes standard input to 16-bit samples on standard output: decode g722 | decode mu | decode a. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <spandsp.h>

#define MOST_OCTETS (1 << 20)

static uint8_t octets[MOST_OCTETS];
static int16_t samples[2 * MOST_OCTETS];

int main(int count, char **arguments)
{
    if (count != 2)
        return 2;
    const size_t length = fread(octets, 1, sizeof octets, stdin);
    size_t decoded = length;
    if (strcmp(arguments[1], "g722") == 0) {
        g722_decode_state_t *decoder = g722_decode_init(NULL, 64000, 0);
        decoded = (size_t) g722_decode(decoder, samples, octets, (int) length);
    } else {
        for (size_t i = 0; i < length; i++)
            samples[i] = arguments[1][0] == 'a' ? alaw_to_linear(octets[i]) : ulaw_to_linear(octets[i]);
    }
    return fwrite(samples, sizeof samples[0], decoded, stdout) == decoded ? 0 : 1;
}
