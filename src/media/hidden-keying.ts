/** Why packets are unverified whose keys nothing that is given can tell. */
export const BY_DTLS_1_3 = 'the keys were agreed by DTLS 1.3, which is not read'
