export const GCM_CONTEXT_BYTES: usize = 8512
export function gcmContext(key: usize, keyLength: i32, salt: usize, context: usize): void {}
export function verifyGcm(jobs: usize, count: i32): void {}
