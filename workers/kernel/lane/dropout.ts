/** A jump of the sequence number beyond this is taken only when the next packet confirms it (RFC 3550 A.1, MAX_DROPOUT). */
export const MAX_DROPOUT: i32 = 3000
