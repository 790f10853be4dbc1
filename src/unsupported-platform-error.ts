/** Jobs run as Linux processes; to simulate them unasked would be a lie. */
export class UnsupportedPlatformError extends Error {
  override readonly name = 'UnsupportedPlatformError'
  readonly code = 'UnsupportedPlatform'

  constructor(platform: string) {
    super(
      `Jobs run as processes on Linux only, and this is ${platform}. Say --runtime simulated for a server that plays jobs without running them, or use a Linux machine (on Windows, WSL 2).`,
    )
  }
}
