#include "src/sasl_options.h"

#include "rfb/security/sasl_server.h"
#include "rfb/security/security_types.h"
#include "src/options.h"

#include <CLI/CLI.hpp>
#include <spdlog/fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace covnc {

namespace {

void check_mechanisms(const SaslServer& sasl, const std::vector<std::string>& wanted)
{
    const std::vector<std::string>& all = sasl.mechanisms(true);
    for (const std::string& name : wanted) {
        const std::vector<std::string>& alone = sasl.mechanisms(false);
        if (std::find(all.begin(), all.end(), name) == all.end() &&
            std::find(alone.begin(), alone.end(), name) == alone.end()) {
            throw OptionError("--sasl-mechanisms: the SASL library has no '" + name +
                              "' here (Debian: libsasl2-modules; mech_list in covnc.conf)");
        }
    }
    if (all.empty()) {
        throw OptionError("--auth SASL: the SASL library has no mechanism to offer (Debian: "
                          "libsasl2-modules; mech_list in covnc.conf)");
    }
}

} // namespace

void add_sasl_options(CLI::App& app, SaslOptionTexts& options)
{
    app.add_option("--sasl-config", options.folder, "Where covnc.conf is (default: /etc/sasl2)")
        ->type_name("DIR");
    app.add_option("--sasl-mechanisms", options.mechanisms, "Offered (default: SCRAM..., PLAIN)")
        ->type_name("NAME,...")
        ->delimiter(',');
}

std::shared_ptr<const SaslServer> read_sasl(const SaslOptionTexts& options,
                                            const std::vector<SecurityType>& types)
{
    const bool is_wanted = std::any_of(types.begin(), types.end(), [](SecurityType type) {
        return login_of(type) == SecurityType::kSasl;
    });
    if (!is_wanted) {
        if (!options.folder.empty() || !options.mechanisms.empty()) {
            throw OptionError("--sasl-config and --sasl-mechanisms need --auth SASL, TLSSASL or "
                              "X509SASL");
        }
        return nullptr;
    }
    try {
        start_sasl_server(options.folder);
        auto sasl = std::make_shared<const SaslServer>(options.mechanisms);
        check_mechanisms(*sasl, options.mechanisms);
        return sasl;
    } catch (const SaslError& error) {
        throw OptionError(error.what());
    }
}

void log_sasl(const SaslServer& sasl, const std::vector<SecurityType>& types)
{
    spdlog::info("SASL: {}", fmt::join(sasl.mechanisms(true), ", "));
    if (std::find(types.begin(), types.end(), SecurityType::kSasl) == types.end()) {
        return;
    }
    if (sasl.mechanisms(false).empty()) {
        spdlog::warn("SASL without TLS is offered on unix sockets only: none of its mechanisms "
                     "encrypts (of others GSSAPI does, see --sasl-mechanisms)");
    } else {
        spdlog::info("SASL where there is no TLS: {}", fmt::join(sasl.mechanisms(false), ", "));
    }
}

} // namespace covnc
