// RSA keys that open nothing: made for these tests.
#pragma once

namespace covnc::test {

// 1024 bits, PKCS#1.
inline constexpr const char* kServerKey =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIICXwIBAAKBgQDJ4p67cmyjN49e5L6EJoHsthpLeCCNS/C5vKbsrTSpGfSznqPL\n"
    "PAdt3DwD2rTD0PZsMgHD1c37gCCC5+ZBCR9ce+wIPDYmCKS9PIVJ3sJiUHB/nqif\n"
    "IiY380rTx09+A0CwkB9p5PPfdliOtca++DNN8DEpebK9ienwL3RDp7hOmwIDAQAB\n"
    "AoGBAKUWxGbUczIlRQB8Xa8DLku7vlTorvXcm8XHF1mDagS+TPR1TcvsEscryYf9\n"
    "WMSoJFrlqbvTItX/OJbTu96C7zjl4Yyv0j+U45iTANb7Ls+IqjUnWudgdiafF/3h\n"
    "nF4JzN716fyzlPONf7ZJMYVmtjOEpaKdVodnqhdn3toqLBhBAkEA5wKlIW849FMs\n"
    "xo1PXM5LiR8RJF/rIp84GlzwjOa9dnKcMJ1HXzei8gJ7AhPDlwMnqs3khiuJ9kc8\n"
    "D2D7SJq4LwJBAN+5alvcmL5lmdSBRjrYtty/idT3lFcgjN9k5wq+qQ6HpXX5WiLn\n"
    "f+Cvey7T5DhvHdmntx9a2Y01VnOouwK4iVUCQQDcJ1gqAe48YlwEqT0eC/hOqI3U\n"
    "pZjX+PcloLcbAPdEv7r8VZdkNgiTLSv/cchvzXDrRabo+utTCtZBLcKskc6/AkEA\n"
    "swnwOumT9zLZ4309FdTeqlRCWoNzXDJ5akGWwDuKkU0utfXCE5LN/KKSYwxBZIRQ\n"
    "ECIu41HSLjZUJCUQ3AGQLQJBAKkl7+yAQ0afSzhxDhjFOgPhqQ8jRc/Va4y6xnZ4\n"
    "+mSndAnRXaBA4NerQep4ZgTxoFa6jRHbUoPHUrp4kE6dOek=\n"
    "-----END RSA PRIVATE KEY-----\n";

// 1024 bits, PKCS#8.
inline constexpr const char* kViewerKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAL7qiqWNHn/NfKRa\n"
    "9RtwAjzg3h905EnbcSVWiNyECkMxoYUOseKR1UdM4b21xcnDsBQNJG1B52pNaidg\n"
    "FECGpLuHFDKEG5n/uqkGxGAoFRji1uVBq6dqYyoM2qG16uKxQb3cHsRZJW143Keb\n"
    "BfocJ0skOXdZVE/bqMGCaMZgurdlAgMBAAECgYAQwxLtOhila+s3muzOPeVUZwHZ\n"
    "jS/F9EhY2OInSkiEYcUmo4WmuNsa6XsgZuc4sb+x4v2BwjmJMcbSMjNU/v1Ter/M\n"
    "VAtCj+VxTHtjoPEXrX2GJQakppA/fcI/DbBaIs+OhddqH7zuU1o0vz2gP7f1EXtx\n"
    "Veb5A6995KhlHm0++QJBAOvXl2cHo+k9ZsPRT7zp1SVKYfeIPypXE9xFVf8HhnIM\n"
    "TTLnyUcaEqSMsfzftXCCmu9FmxQ9MQfK/pHedEgf4gcCQQDPO+9i25vl57d0ICxB\n"
    "UMmK9DFQJ20AYqnPVocRaKmb8PQz2dGNxVLO8yWxQ5DeLPkbkfG+W8X+pNT/CA/E\n"
    "rdAzAkBto41EHX4q2RukHvNlzIMFUf4XOCS9Rzv5Y9ZluBbdgDCHYM/mmQ1fp/S6\n"
    "rTlJM75ZS8+bahMYH1uXboY6XXATAkEAqv/r0okgJR+FM59wpRzCkZRaNKezvAOt\n"
    "11aw8V6JxhGXkEmGLxPJ9taQHauBGLPHgkZ1UfxsbmkZELBYQpSiHQJBAKdfoSOg\n"
    "8M+UgXwNzv2dCf/jyw0UdZN/U3+lHVqJ+IAya2WijMrjRKD3L25x5z/KuguQu+rv\n"
    "M+ifzwg96W7eml4=\n"
    "-----END PRIVATE KEY-----\n";

} // namespace covnc::test
