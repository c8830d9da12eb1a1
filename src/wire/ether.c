/* ether.c: Ethernet addresses as text. */
#include "v6nf/ether.h"

#include "text.h"

bool v6nf_ether_parse(uint8_t *address, const char *text)
{
    uint8_t bytes[V6NF_ETHER_ADDRESS_SIZE] = {0};
    bool valid = true;
    uint32_t at = 0;
    for (uint32_t i = 0; i < V6NF_ETHER_ADDRESS_SIZE && valid; i++) {
        uint32_t high = text_hex_digit(text[at]);
        uint32_t low = high < 16u ? text_hex_digit(text[at + 1u]) : 16u;
        valid = low < 16u;
        if (valid) {
            char after = text[at + 2u];
            bytes[i] = (uint8_t)(high * 16u + low);
            valid = i + 1u < V6NF_ETHER_ADDRESS_SIZE ? (after == ':' || after == '-') : after == '\0';
            at += 3u;
        }
    }
    for (uint32_t i = 0; i < V6NF_ETHER_ADDRESS_SIZE; i++) {
        address[i] = valid ? bytes[i] : 0u;
    }
    return valid;
}

void v6nf_ether_format(char *text, const uint8_t *address)
{
    for (uint32_t i = 0; i < V6NF_ETHER_ADDRESS_SIZE; i++) {
        text[3u * i] = text_digit((uint32_t)address[i] / 16u);
        text[3u * i + 1u] = text_digit((uint32_t)address[i] % 16u);
        text[3u * i + 2u] = i + 1u < V6NF_ETHER_ADDRESS_SIZE ? ':' : '\0';
    }
}
