/*
 * The peer that verifies: libpcap reads, libsrtp authenticates, on one thread. Usage: srtp-loop capture keys
 * A line of keys is: SSRC in hex, suite, master key and salt in hex.
 */
#include <pcap/pcap.h>
#include <srtp2/srtp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS (1u << 20)

static struct { uint32_t ssrc; srtp_t session; } table[SLOTS];

static uint32_t slot_of(uint32_t ssrc) {
  uint32_t slot = (ssrc * 2654435761u) & (SLOTS - 1);
  while (table[slot].session && table[slot].ssrc != ssrc) slot = (slot + 1) & (SLOTS - 1);
  return slot;
}

static int read_keys(const char *path) {
  char suite[64], hex[256];
  unsigned ssrc;
  FILE *file = fopen(path, "r");
  if (!file) return 1;
  while (fscanf(file, "%x %63s %255s", &ssrc, suite, hex) == 3) {
    unsigned char key[128];
    srtp_policy_t policy;
    for (size_t n = 0; n < strlen(hex) / 2; n++) sscanf(hex + 2 * n, "%2hhx", &key[n]);
    memset(&policy, 0, sizeof policy);
    if (!strcmp(suite, "AEAD_AES_128_GCM")) {
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    } else {
      srtp_crypto_policy_set_rtp_default(&policy.rtp);
      srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
      policy.rtp.sec_serv = sec_serv_auth;
    }
    policy.ssrc.type = ssrc_specific;
    policy.ssrc.value = ssrc;
    policy.key = key;
    policy.window_size = 128;
    uint32_t slot = slot_of(ssrc);
    table[slot].ssrc = ssrc;
    if (srtp_create(&table[slot].session, &policy)) return 1;
  }
  fclose(file);
  return 0;
}

int main(int argc, char **argv) {
  char error[PCAP_ERRBUF_SIZE];
  struct pcap_pkthdr *header;
  const unsigned char *frame;
  static unsigned char packet[65536];
  unsigned long verified = 0, failed = 0;
  if (argc != 3 || srtp_init() || read_keys(argv[2])) return 1;
  pcap_t *capture = pcap_open_offline(argv[1], error);
  if (!capture) return 1;
  while (pcap_next_ex(capture, &header, &frame) == 1) {
    if (header->caplen < 42 + 12 || frame[12] != 8 || frame[23] != 17 || frame[42] >> 6 != 2) continue;
    uint32_t ssrc = (uint32_t)frame[50] << 24 | frame[51] << 16 | frame[52] << 8 | frame[53];
    uint32_t slot = slot_of(ssrc);
    if (!table[slot].session) continue;
    int length = (int)header->caplen - 42;
    memcpy(packet, frame + 42, (size_t)length);
    if (srtp_unprotect(table[slot].session, packet, &length)) failed++;
    else verified++;
  }
  printf("%lu verified, %lu failed\n", verified, failed);
  return failed > 0 || verified == 0;
}
