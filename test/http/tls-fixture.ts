/**
 * A certificate for localhost and its key, made for these tests and trusted by nobody:
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1`
 */
export const TEST_CERT = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUZRxUkqk4CJgBGm2xs+/je2vatV4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzE1MTA1NFoYDzIxMjYxMDMw
MTUxMDU0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASvn5VxkJA8F1+jsmN682liBo76g/LaKqsm9aIXSxe5pquBdMrq9yPl
lXMig62JeP1h5rMhkdxOY8sMlpxlkme0o28wbTAdBgNVHQ4EFgQUltUDQ2C0G3YR
lj//yjE/+0yiSCMwHwYDVR0jBBgwFoAUltUDQ2C0G3YRlj//yjE/+0yiSCMwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAPsXzhfu9mmgheH6s6OYQVmuumydC3nyunFMrpMa9BNPAiEA
5J52Iw7w7wA9TYFOI8jy4TfYMgxhlDmi+DFmZ9HHxgE=
-----END CERTIFICATE-----
`

export const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1Isy3GN2kWLSayNb
Ib9aFIJSiaIuYok9HAvDwKzFnJuhRANCAASvn5VxkJA8F1+jsmN682liBo76g/La
Kqsm9aIXSxe5pquBdMrq9yPllXMig62JeP1h5rMhkdxOY8sMlpxlkme0
-----END PRIVATE KEY-----
`
