#include "src/tls_options.h"

#include "rfb/security/security_types.h"
#include "src/options.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace covnc {

namespace {

void need(const std::string& given, const char* name, const std::string& needed, const char* other)
{
    if (!given.empty() && needed.empty()) {
        throw OptionError(std::string(name) + " needs " + other);
    }
}

} // namespace

void add_tls_options(CLI::App& app, TlsServerFiles& files)
{
    app.add_option("--tls-cert", files.certificate, "Our certificate (PEM), its chain behind it")
        ->type_name("FILE");
    app.add_option("--tls-key", files.key, "Its private key (PEM)")->type_name("FILE");
    app.add_option(
           "--tls-client-ca", files.client_ca, "Viewers need a certificate of this authority")
        ->type_name("FILE");
    app.add_option(
           "--tls-client-allow", files.client_names, "Of these, who may come: a name a line")
        ->type_name("FILE");
}

void check_tls_options(const TlsServerFiles& files, const std::vector<SecurityType>& types)
{
    need(files.certificate, "--tls-cert", files.key, "--tls-key");
    need(files.key, "--tls-key", files.certificate, "--tls-cert");
    need(files.client_ca, "--tls-client-ca", files.certificate, "--tls-cert");
    need(files.client_names, "--tls-client-allow", files.client_ca, "--tls-client-ca");
    for (const SecurityType type : types) {
        if (tls_kind_of(type) == TlsKind::kCertificate) {
            need(name_of(type),
                 ("--auth " + name_of(type)).c_str(),
                 files.certificate,
                 "--tls-cert");
        }
    }
}

std::shared_ptr<const TlsCredentials> read_tls(const TlsServerFiles& files,
                                               const std::vector<SecurityType>& types)
{
    check_tls_options(files, types);
    const bool is_wanted = std::any_of(types.begin(), types.end(), [](SecurityType type) {
        return tls_kind_of(type).has_value();
    });
    if (files.certificate.empty() && !is_wanted) {
        return nullptr;
    }
    try {
        return TlsCredentials::for_server(files);
    } catch (const TlsFileError& error) {
        throw OptionError(error.what());
    }
}

void log_certificate(const TlsCredentials& credentials, const TlsServerFiles& files)
{
    for (const std::string& warning : credentials.warnings()) {
        spdlog::warn("TLS: {}", warning);
    }
    if (credentials.has_certificate()) {
        spdlog::info(
            "TLS: certificate {}, SHA-256 {}", files.certificate, credentials.fingerprint());
    }
}

} // namespace covnc
