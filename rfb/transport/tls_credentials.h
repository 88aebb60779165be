// What TLS needs besides a peer: certificates, keys, whom to trust, and what may be negotiated.
//
// Read from files once and never changed: any number of connections share one; a reload makes a new
// one, and those that run keep theirs. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

struct gnutls_session_int;

namespace covnc {

// A file that cannot be used; the text names it and says why.
class TlsFileError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

enum class TlsKind : std::uint8_t {
    kAnonymous,   // keeps what is sent from who only listens; who is in between can pose as both
    kCertificate, // X.509: the viewer can tell whom it talks to
};

// Paths of PEM files.
struct TlsServerFiles
{
    std::string certificate; // with its chain, its own first; empty: anonymous only
    std::string key;
    std::string client_ca;    // empty: no client certificates are asked for
    std::string client_names; // who of them may come, a name a line; empty: all
};

struct TlsClientFiles
{
    std::string ca;          // empty: the system's
    bool accepts_any = true; // whoever the server is
    std::string certificate; // of our own; empty: none
    std::string key;
};

class TlsCredentials
{
public:
    // Read files. Throw TlsFileError.
    static std::shared_ptr<const TlsCredentials> for_server(const TlsServerFiles& files);
    static std::shared_ptr<const TlsCredentials> for_client(const TlsClientFiles& files);

    ~TlsCredentials();
    TlsCredentials(const TlsCredentials&) = delete;
    TlsCredentials& operator=(const TlsCredentials&) = delete;

    bool is_server() const { return is_server_; }
    bool has_certificate() const { return !fingerprint_.empty(); }
    bool asks_for_certificate() const { return asks_; }
    // Of our own certificate: SHA-256, "4F:A0:..."; empty without one.
    const std::string& fingerprint() const { return fingerprint_; }
    // What works but should not stay so, for the log.
    const std::vector<std::string>& warnings() const { return warnings_; }

    // Readies a new session. These must live longer. Throws TlsError.
    void equip(gnutls_session_int* session, TlsKind kind) const;
    // What is wrong with the certificate that the session's peer has shown; empty for nothing.
    // server_name: whom a client wants to talk to.
    std::string objection(gnutls_session_int* session, const std::string& server_name) const;

private:
    struct Handles;

    explicit TlsCredentials(bool is_server);
    void load_certificate(const std::string& certificate, const std::string& key);
    void check_certificate(const std::string& path, const std::string& pem);
    void trust(const std::string& ca_path);
    void load_names(const std::string& path);
    bool is_listed(const std::string& common_name, const std::string& full_name) const;

    std::unique_ptr<Handles> handles_;
    bool is_server_;
    bool asks_ = false;     // a server for clients' certificates
    bool verifies_ = false; // a client the server's
    bool has_list_ = false;
    std::vector<std::string> names_; // sorted
    std::string fingerprint_;
    std::vector<std::string> warnings_;
};

// The name in the certificate that a session's peer has shown: its common name, else the full one;
// empty without a certificate. Not printable for sure: it is the peer's text.
std::string certificate_name(gnutls_session_int* session);

} // namespace covnc
