#include "rfb/transport/tls_credentials.h"

#include "rfb/transport/tls_session.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

namespace covnc {

namespace {

// Nothing below TLS 1.2, only ciphers that authenticate what they encrypt, and keys that are gone
// when the connection is. AES with 128 bits costs a third less than with 256.
constexpr const char* kCertificatePriority =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-CIPHER-ALL:+AES-128-GCM:+CHACHA20-POLY1305:"
    "+AES-256-GCM:%SERVER_PRECEDENCE";
// TLS 1.3 has no anonymous key exchange. With ECDH there are suites with CBC alone, which cost five
// times as much for a byte as GCM; DH has GCM, but its handshake costs fifty times as much, and
// that anybody may ask for.
constexpr const char* kAnonymousPriority =
    "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ANON-ECDH:+ANON-DH:-CIPHER-ALL:+AES-128-GCM:"
    "+AES-256-GCM:+AES-128-CBC:+AES-256-CBC:%SERVER_PRECEDENCE";

constexpr std::time_t kExpiresSoon = 14 * 24 * 3600; // seconds
constexpr std::size_t kMostInFile = std::size_t{4} << 20U;

using CertificatePointer =
    std::unique_ptr<std::remove_pointer_t<gnutls_x509_crt_t>, decltype(&gnutls_x509_crt_deinit)>;

std::string read_file(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw TlsFileError(path + ": " + std::strerror(errno));
    }
    std::string text;
    std::array<char, 16384> piece{};
    while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
        text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
        if (text.size() > kMostInFile) {
            throw TlsFileError(path + ": this is no certificate, key or list: it is too large");
        }
    }
    if (file.bad() || text.empty()) {
        throw TlsFileError(path + (text.empty() ? ": is empty or no file" : ": cannot be read"));
    }
    return text;
}

gnutls_datum_t datum_of(const std::string& text)
{
    // GnuTLS only reads, but its type knows no const.
    auto* const bytes = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
    return {bytes, static_cast<unsigned>(text.size())};
}

void check_call(int code, const char* what)
{
    if (code < 0) {
        throw TlsError(std::string("TLS: ") + what + ": " + gnutls_strerror(code));
    }
}

CertificatePointer first_of(const std::string& path, const std::string& pem)
{
    const gnutls_datum_t data = datum_of(pem);
    gnutls_x509_crt_t certificate = nullptr;
    gnutls_x509_crt_init(&certificate);
    CertificatePointer owned(certificate, &gnutls_x509_crt_deinit);
    const int code = gnutls_x509_crt_import(certificate, &data, GNUTLS_X509_FMT_PEM);
    if (code < 0) {
        throw TlsFileError(path + ": no certificate in PEM format: " + gnutls_strerror(code));
    }
    return owned;
}

std::string fingerprint_of(gnutls_x509_crt_t certificate)
{
    std::array<unsigned char, 32> digest{};
    std::size_t size = digest.size();
    check_call(
        gnutls_x509_crt_get_fingerprint(certificate, GNUTLS_DIG_SHA256, digest.data(), &size),
        "fingerprint");
    constexpr const char* kDigits = "0123456789ABCDEF";
    std::string text;
    for (const unsigned char byte : digest) {
        text += text.empty() ? "" : ":";
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 15U];
    }
    return text;
}

std::string common_name_of(gnutls_x509_crt_t certificate)
{
    std::array<char, 256> name{};
    std::size_t size = name.size();
    const int code = gnutls_x509_crt_get_dn_by_oid(
        certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name.data(), &size);
    return code < 0 ? std::string() : std::string(name.data(), size);
}

// "CN=alice,O=Example"
std::string full_name_of(gnutls_x509_crt_t certificate)
{
    gnutls_datum_t name{};
    if (gnutls_x509_crt_get_dn3(certificate, &name, 0) < 0) {
        return {};
    }
    std::string text(reinterpret_cast<const char*>(name.data), name.size);
    gnutls_free(name.data);
    return text;
}

// What a session's peer has shown; nothing without it.
CertificatePointer certificate_of(gnutls_session_t session)
{
    CertificatePointer none(nullptr, &gnutls_x509_crt_deinit);
    unsigned count = 0;
    const gnutls_datum_t* const chain = gnutls_certificate_get_peers(session, &count);
    if (chain == nullptr || count == 0) {
        return none;
    }
    gnutls_x509_crt_t certificate = nullptr;
    gnutls_x509_crt_init(&certificate);
    CertificatePointer owned(certificate, &gnutls_x509_crt_deinit);
    const bool is_good = gnutls_x509_crt_import(certificate, chain, GNUTLS_X509_FMT_DER) >= 0;
    return is_good ? std::move(owned) : std::move(none);
}

std::string read_problem(unsigned status)
{
    gnutls_datum_t text{};
    if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) < 0) {
        return "it cannot be verified";
    }
    std::string problem(reinterpret_cast<const char*>(text.data), text.size);
    gnutls_free(text.data);
    while (!problem.empty() && problem.back() == ' ') {
        problem.pop_back();
    }
    return problem;
}

int verify(gnutls_session_t session)
{
    return static_cast<TlsSession*>(gnutls_session_get_ptr(session))->takes_certificate()
               ? 0
               : GNUTLS_E_CERTIFICATE_ERROR;
}

} // namespace

struct TlsCredentials::Handles
{
    Handles() = default;
    Handles(const Handles&) = delete;
    Handles& operator=(const Handles&) = delete;
    ~Handles()
    {
        if (certificate != nullptr) {
            gnutls_certificate_free_credentials(certificate);
        }
        if (anonymous_server != nullptr) {
            gnutls_anon_free_server_credentials(anonymous_server);
        }
        if (anonymous_client != nullptr) {
            gnutls_anon_free_client_credentials(anonymous_client);
        }
        if (certificate_priority != nullptr) {
            gnutls_priority_deinit(certificate_priority);
        }
        if (anonymous_priority != nullptr) {
            gnutls_priority_deinit(anonymous_priority);
        }
    }

    gnutls_certificate_credentials_t certificate = nullptr;
    gnutls_anon_server_credentials_t anonymous_server = nullptr;
    gnutls_anon_client_credentials_t anonymous_client = nullptr;
    gnutls_priority_t certificate_priority = nullptr;
    gnutls_priority_t anonymous_priority = nullptr;
};

TlsCredentials::TlsCredentials(bool is_server)
    : handles_(std::make_unique<Handles>()),
      is_server_(is_server)
{
    Handles& handles = *handles_;
    check_call(gnutls_certificate_allocate_credentials(&handles.certificate), "start");
    check_call(gnutls_priority_init(&handles.certificate_priority, kCertificatePriority, nullptr),
               "priorities");
    check_call(gnutls_priority_init(&handles.anonymous_priority, kAnonymousPriority, nullptr),
               "priorities");
    if (!is_server) {
        check_call(gnutls_anon_allocate_client_credentials(&handles.anonymous_client), "start");
        return;
    }
    check_call(gnutls_anon_allocate_server_credentials(&handles.anonymous_server), "start");
    // For peers that name no group themselves.
    check_call(
        gnutls_anon_set_server_known_dh_params(handles.anonymous_server, GNUTLS_SEC_PARAM_MEDIUM),
        "groups");
}

TlsCredentials::~TlsCredentials() = default;

std::shared_ptr<const TlsCredentials> TlsCredentials::for_server(const TlsServerFiles& files)
{
    std::shared_ptr<TlsCredentials> made(new TlsCredentials(true));
    if (files.certificate.empty()) {
        return made;
    }
    made->load_certificate(files.certificate, files.key);
    if (!files.client_ca.empty()) {
        made->trust(files.client_ca);
        made->asks_ = true;
    }
    if (!files.client_names.empty()) {
        made->load_names(files.client_names);
    }
    return made;
}

std::shared_ptr<const TlsCredentials> TlsCredentials::for_client(const TlsClientFiles& files)
{
    std::shared_ptr<TlsCredentials> made(new TlsCredentials(false));
    if (!files.certificate.empty()) {
        made->load_certificate(files.certificate, files.key);
    }
    made->verifies_ = !files.accepts_any;
    if (files.accepts_any) {
        return made;
    }
    if (!files.ca.empty()) {
        made->trust(files.ca);
    } else {
        check_call(gnutls_certificate_set_x509_system_trust(made->handles_->certificate),
                   "the system's certificates");
    }
    return made;
}

void TlsCredentials::load_certificate(const std::string& certificate, const std::string& key)
{
    const std::string chain_text = read_file(certificate);
    check_certificate(certificate, chain_text);
    std::string key_text = read_file(key);
    struct stat status{};
    if (stat(key.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0) {
        warnings_.push_back("everybody on this machine can read the private key in " + key);
    }
    const gnutls_datum_t chain_data = datum_of(chain_text);
    const gnutls_datum_t key_data = datum_of(key_text);
    const int code = gnutls_certificate_set_x509_key_mem2(
        handles_->certificate, &chain_data, &key_data, GNUTLS_X509_FMT_PEM, nullptr, 0);
    gnutls_memset(key_text.data(), 0, key_text.size());
    if (code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH) {
        throw TlsFileError(key + ": is not the key of the certificate in " + certificate);
    }
    if (code == GNUTLS_E_DECRYPTION_FAILED) {
        throw TlsFileError(key + ": is encrypted; a key without a password is needed");
    }
    if (code < 0) {
        throw TlsFileError(key + ": no private key in PEM format, or " + certificate +
                           " is no chain: " + gnutls_strerror(code));
    }
}

void TlsCredentials::check_certificate(const std::string& path, const std::string& pem)
{
    const CertificatePointer first = first_of(path, pem);
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    const std::time_t end = gnutls_x509_crt_get_expiration_time(first.get());
    if (end < now) {
        throw TlsFileError(path + ": the certificate has expired");
    }
    if (gnutls_x509_crt_get_activation_time(first.get()) > now) {
        throw TlsFileError(path + ": the certificate is not valid yet");
    }
    if (end - now < kExpiresSoon) {
        warnings_.push_back("the certificate in " + path + " expires within " +
                            std::to_string((end - now) / (24 * 3600) + 1) + " days");
    }
    fingerprint_ = fingerprint_of(first.get());
}

void TlsCredentials::trust(const std::string& ca_path)
{
    const std::string text = read_file(ca_path);
    const gnutls_datum_t data = datum_of(text);
    const int count =
        gnutls_certificate_set_x509_trust_mem(handles_->certificate, &data, GNUTLS_X509_FMT_PEM);
    if (count <= 0) {
        throw TlsFileError(ca_path + ": no certificate in PEM format" +
                           (count < 0 ? std::string(": ") + gnutls_strerror(count) : ""));
    }
}

// Empty lines and those that begin with # are for readers.
void TlsCredentials::load_names(const std::string& path)
{
    std::ifstream file(path);
    if (!file) {
        throw TlsFileError(path + ": " + std::strerror(errno));
    }
    has_list_ = true;
    for (std::string line; std::getline(file, line);) {
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) {
            line.pop_back();
        }
        if (!line.empty() && line.front() != '#') {
            names_.push_back(line);
        }
    }
    std::sort(names_.begin(), names_.end());
    if (names_.empty()) {
        warnings_.push_back(path + " lists nobody: no client certificate is good enough");
    }
}

bool TlsCredentials::is_listed(const std::string& common_name, const std::string& full_name) const
{
    const auto has = [this](const std::string& name) {
        return !name.empty() && std::binary_search(names_.begin(), names_.end(), name);
    };
    return !has_list_ || has(common_name) || has(full_name);
}

void TlsCredentials::equip(gnutls_session_t session, TlsKind kind) const
{
    const Handles& handles = *handles_;
    if (kind == TlsKind::kAnonymous) {
        check_call(gnutls_priority_set(session, handles.anonymous_priority), "priorities");
        void* const anonymous = is_server_ ? static_cast<void*>(handles.anonymous_server)
                                           : static_cast<void*>(handles.anonymous_client);
        check_call(gnutls_credentials_set(session, GNUTLS_CRD_ANON, anonymous), "credentials");
        return;
    }
    if (is_server_ && !has_certificate()) {
        throw TlsError("TLS: there is no certificate");
    }
    check_call(gnutls_priority_set(session, handles.certificate_priority), "priorities");
    check_call(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, handles.certificate),
               "credentials");
    if (asks_) {
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
    }
    if (asks_ || verifies_) {
        gnutls_session_set_verify_function(session, &verify);
    }
}

std::string TlsCredentials::objection(gnutls_session_t session,
                                      const std::string& server_name) const
{
    unsigned status = 0;
    const char* const name = is_server_ || server_name.empty() ? nullptr : server_name.c_str();
    const int code = gnutls_certificate_verify_peers3(session, name, &status);
    if (code == GNUTLS_E_NO_CERTIFICATE_FOUND) {
        return "it shows none";
    }
    if (code < 0) {
        return gnutls_strerror(code);
    }
    if (status != 0) {
        return read_problem(status);
    }
    if (is_server_) {
        const CertificatePointer certificate = certificate_of(session);
        if (!certificate ||
            !is_listed(common_name_of(certificate.get()), full_name_of(certificate.get()))) {
            return "its name is not on the list";
        }
    }
    return {};
}

std::string certificate_name(gnutls_session_t session)
{
    if (gnutls_auth_get_type(session) != GNUTLS_CRD_CERTIFICATE) {
        return {};
    }
    const CertificatePointer certificate = certificate_of(session);
    if (!certificate) {
        return {};
    }
    std::string common = common_name_of(certificate.get());
    return common.empty() ? full_name_of(certificate.get()) : common;
}

} // namespace covnc
