/** A file of speech that grows. What nobody wrote to reads as zeros. */
export interface AudioFile {
  /**
   * @param octets hold until the call returns
   * @param at octets from the file's beginning
   */
  write(octets: Uint8Array, at: number): void
}

/** Where files of speech are made. */
export interface AudioFolder {
  /** @param name without folders; no two files have the same */
  create(name: string): AudioFile
}
