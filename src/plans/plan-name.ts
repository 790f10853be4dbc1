/** A name of a plan, as it may stand after the `@`: 1 to 63 letters, digits and hyphens. */
export const PLAN_NAME = '[A-Za-z0-9][A-Za-z0-9-]{0,62}'
