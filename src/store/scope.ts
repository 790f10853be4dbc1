/** (account, region) is in every key (design, identity). */
export interface Scope {
  readonly account: string
  readonly region: string
}
