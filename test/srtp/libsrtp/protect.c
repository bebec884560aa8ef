/*
 * Protects packets with libsrtp: one packet a line on standard input, the protected packet in hex a line on standard
 * output, or the status libsrtp gave as "error N".
 *
 *   suite services kind roc master mki packet
 *
 * services: 1 confidentiality, 2 authentication, 3 both; kind: rtp, rtcp, or rtcp with a number of packets to protect
 * before ("rtcp+5"); roc: the rollover counter of an RTP packet; master: master key and salt; mki: hex or "-".
 */
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PACKET 4096

typedef void (*set_policy)(srtp_crypto_policy_t *);

static const struct {
  const char *suite;
  set_policy rtp;
  set_policy rtcp;
} suites[] = {
    {"AES_CM_128_HMAC_SHA1_80", srtp_crypto_policy_set_rtp_default, srtp_crypto_policy_set_rtcp_default},
    {"AES_CM_128_HMAC_SHA1_32", srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32, srtp_crypto_policy_set_rtcp_default},
    {"AES_192_CM_HMAC_SHA1_80", srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80,
     srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80},
    {"AES_256_CM_HMAC_SHA1_80", srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
     srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
    {"AES_256_CM_HMAC_SHA1_32", srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,
     srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
    {"NULL_HMAC_SHA1_80", srtp_crypto_policy_set_null_cipher_hmac_sha1_80,
     srtp_crypto_policy_set_null_cipher_hmac_sha1_80},
    {"AES_CM_128_NULL_AUTH", srtp_crypto_policy_set_aes_cm_128_null_auth, srtp_crypto_policy_set_rtcp_default},
    {"AEAD_AES_128_GCM", srtp_crypto_policy_set_aes_gcm_128_16_auth, srtp_crypto_policy_set_aes_gcm_128_16_auth},
    {"AEAD_AES_256_GCM", srtp_crypto_policy_set_aes_gcm_256_16_auth, srtp_crypto_policy_set_aes_gcm_256_16_auth},
    {"AEAD_AES_128_GCM_8", srtp_crypto_policy_set_aes_gcm_128_8_auth, srtp_crypto_policy_set_aes_gcm_128_8_auth},
    {"AEAD_AES_256_GCM_8", srtp_crypto_policy_set_aes_gcm_256_8_auth, srtp_crypto_policy_set_aes_gcm_256_8_auth},
    /* Not a suite: _32 as senders use it that shorten the SRTCP tag too. */
    {"AES_CM_128_HMAC_SHA1_32+short", srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32,
     srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32},
};

static int from_hex(const char *hex, unsigned char *into, int most) {
  int length = 0;
  unsigned value;
  while (length < most && sscanf(hex + 2 * length, "%2x", &value) == 1) into[length++] = (unsigned char)value;
  return length;
}

static srtp_err_status_t protect(const char *suite, int services, const char *kind, unsigned roc, unsigned char *master,
                                 unsigned char *mki, int mki_length, unsigned char *packet, int *length) {
  srtp_policy_t policy;
  srtp_master_key_t key = {master, mki, (unsigned)mki_length};
  srtp_master_key_t *keys[1] = {&key};
  srtp_t session;
  srtp_err_status_t status;
  size_t n;
  int rtp = strcmp(kind, "rtp") == 0;
  unsigned ssrc_at = rtp ? 8 : 4;

  memset(&policy, 0, sizeof policy);
  for (n = 0; n < sizeof suites / sizeof *suites && strcmp(suites[n].suite, suite) != 0; n++) {
  }
  if (n == sizeof suites / sizeof *suites) return srtp_err_status_bad_param;
  suites[n].rtp(&policy.rtp);
  suites[n].rtcp(&policy.rtcp);
  if (services != 3) {
    policy.rtp.sec_serv = (srtp_sec_serv_t)services;
    policy.rtcp.sec_serv = (srtp_sec_serv_t)services;
  }
  policy.ssrc.type = ssrc_specific;
  policy.ssrc.value = (unsigned)packet[ssrc_at] << 24 | (unsigned)packet[ssrc_at + 1] << 16 |
                      (unsigned)packet[ssrc_at + 2] << 8 | packet[ssrc_at + 3];
  policy.window_size = 128;
  if (mki_length > 0) {
    policy.keys = keys;
    policy.num_master_keys = 1;
  } else {
    policy.key = master;
  }
  status = srtp_create(&session, &policy);
  if (status != srtp_err_status_ok) return status;
  if (rtp) {
    status = srtp_set_stream_roc(session, policy.ssrc.value, roc);
    if (status == srtp_err_status_ok) status = srtp_protect_mki(session, packet, length, mki_length > 0, 0);
  } else {
    int before = kind[4] == '+' ? atoi(kind + 5) : 0;
    unsigned char copy[MAX_PACKET];
    while (status == srtp_err_status_ok && before-- > 0) {
      int copied = *length;
      memcpy(copy, packet, (size_t)copied);
      status = srtp_protect_rtcp_mki(session, copy, &copied, mki_length > 0, 0);
    }
    if (status == srtp_err_status_ok) status = srtp_protect_rtcp_mki(session, packet, length, mki_length > 0, 0);
  }
  srtp_dealloc(session);
  return status;
}

int main(void) {
  static char line[4 * MAX_PACKET], suite[64], kind[32], master_hex[256], mki_hex[512], packet_hex[3 * MAX_PACKET];
  int services, n;
  unsigned roc;

  if (srtp_init() != srtp_err_status_ok) return 1;
  while (fgets(line, sizeof line, stdin) != NULL) {
    unsigned char master[128] = {0}, mki[256], packet[2 * MAX_PACKET];
    int mki_length, length;
    srtp_err_status_t status;
    if (sscanf(line, "%63s %d %31s %u %255s %511s %12287s", suite, &services, kind, &roc, master_hex, mki_hex,
               packet_hex) != 7)
      return 2;
    from_hex(master_hex, master, sizeof master);
    mki_length = strcmp(mki_hex, "-") == 0 ? 0 : from_hex(mki_hex, mki, sizeof mki);
    length = from_hex(packet_hex, packet, MAX_PACKET);
    status = protect(suite, services, kind, roc, master, mki, mki_length, packet, &length);
    if (status != srtp_err_status_ok) {
      printf("error %d\n", (int)status);
      continue;
    }
    for (n = 0; n < length; n++) printf("%02x", packet[n]);
    printf("\n");
  }
  return srtp_shutdown() == srtp_err_status_ok ? 0 : 1;
}
