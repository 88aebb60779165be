#include "src/login_options.h"

#include "rfb/security/rsa_aes_suite.h"
#include "rfb/security/security_types.h"
#include "rfb/security/tight.h"
#include "src/options.h"
#include "src/tls_options.h"
#include "src/users/pam_users.h"
#include "src/users/user_file.h"
#include "src/users/view_only_users.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <set>

namespace covnc {

namespace {

SecurityType security_type(const std::string& name)
{
    const std::optional<SecurityType> type = security_type_of(name);
    if (!type) {
        throw OptionError("--auth: '" + name + "' is not one of " + names_of_security_types());
    }
    return *type;
}

// "pam", "pam:SERVICE", "pam:/PATH/TO/SERVICE", or a file.
std::shared_ptr<const UserDirectory> open_users(const std::string& text)
{
    const std::string prefix = "pam:";
    if (text == "pam" || text == prefix) {
        return std::make_shared<const PamUsers>("covnc");
    }
    if (text.rfind(prefix, 0) == 0) {
        return std::make_shared<const PamUsers>(text.substr(prefix.size()));
    }
    try {
        return std::make_shared<const UserFile>(text);
    } catch (const UserFileError& error) {
        throw OptionError(std::string("--users: ") + error.what());
    }
}

void read_users(const LoginOptions& options, AccessPolicy& access)
{
    if (options.users.empty()) {
        if (!options.view_only_users.empty()) {
            throw OptionError("--view-only-users needs --users");
        }
        return;
    }
    access.users = open_users(options.users);
    if (!options.view_only_users.empty()) {
        const std::set<std::string> names(options.view_only_users.begin(),
                                          options.view_only_users.end());
        access.users = std::make_shared<const ViewOnlyUsers>(access.users, names);
    }
}

void read_passwords(const LoginOptions& options, AccessPolicy& access)
{
    if (!options.password_file.empty()) {
        access.passwords = read_password_file(options.password_file);
    }
    if (options.password_expires.empty()) {
        return;
    }
    if (options.password_file.empty()) {
        throw OptionError("--password-expires needs --password-file; a users' file has dates of "
                          "its own");
    }
    try {
        access.passwords.expiry = Expiry::parse(options.password_expires);
    } catch (const std::invalid_argument& error) {
        throw OptionError(std::string("--password-expires: ") + error.what());
    }
}

// What is offered where nobody has said it: all that was prepared for, the best first. With a
// certificate nothing goes in clear.
std::vector<SecurityType> default_types(const LoginOptions& options)
{
    const bool has_certificate = !options.tls.certificate.empty();
    std::vector<SecurityType> types;
    if (has_certificate && !options.users.empty()) {
        types.push_back(SecurityType::kX509Plain);
    }
    if (has_certificate && !options.password_file.empty()) {
        types.push_back(SecurityType::kX509Vnc);
    }
    if (!options.rsa_key_file.empty()) {
        types.insert(types.end(),
                     {SecurityType::kRa2_256,
                      SecurityType::kRa2,
                      SecurityType::kRa2ne_256,
                      SecurityType::kRa2ne});
    } else if (!options.users.empty() && !has_certificate) {
        throw OptionError("--users needs --rsa-key or --tls-cert, so that passwords are encrypted");
    }
    if (!options.password_file.empty() && options.users.empty() && !has_certificate) {
        types.push_back(SecurityType::kVncAuth);
    }
    if (types.empty()) {
        types.push_back(has_certificate ? SecurityType::kX509None : SecurityType::kNone);
    }
    return types;
}

void check_needs(SecurityType type, const LoginOptions& options)
{
    const SecurityType login = login_of(type);
    if (login == SecurityType::kVncAuth && options.password_file.empty()) {
        throw OptionError("--auth " + name_of(type) + " needs --password-file");
    }
    if (login == SecurityType::kPlain && options.users.empty()) {
        throw OptionError("--auth " + name_of(type) + " needs --users");
    }
    if (is_rsa_aes(type) && options.rsa_key_file.empty()) {
        throw OptionError("--auth RA2 and its kin need --rsa-key");
    }
    if (is_rsa_aes(type) && options.password_file.empty() && options.users.empty()) {
        throw OptionError("--auth RA2 and its kin need --users or --password-file");
    }
}

} // namespace

void add_login_options(CLI::App& app, LoginOptions& options)
{
    app.add_option("--auth", options.types, "Security types offered, best first")
        ->type_name("TYPE,...")
        ->delimiter(',');
    app.add_option(
           "--password-file", options.password_file, "1st line: password, 2nd: view-only password")
        ->type_name("FILE");
    app.add_option("--password-expires", options.password_expires, "The last day of both")
        ->type_name("DATE");
    app.add_option("--users", options.users, "Users, as covnc-passwd writes them; or pam[:SERVICE]")
        ->type_name("FILE");
    app.add_option("--view-only-users", options.view_only_users, "Of these, who may only look")
        ->type_name("NAME,")
        ->delimiter(',');
    add_tls_options(app, options.tls);
    app.add_option("--rsa-key", options.rsa_key_file, "For RA2...: made where it is missing")
        ->type_name("FILE");
    add_sasl_options(app, options.sasl);
}

AccessPolicy read_access(const LoginOptions& options)
{
    AccessPolicy access;
    read_passwords(options, access);
    read_users(options, access);
    if (options.types.empty()) {
        access.types = default_types(options);
    } else {
        access.types.clear();
        for (const std::string& name : options.types) {
            access.types.push_back(security_type(name));
        }
    }
    for (const SecurityType type : access.types) {
        check_needs(type, options);
    }
    if (types_inside_tight(access.types).empty() && access.types.front() == SecurityType::kTight) {
        throw OptionError("--auth Tight needs other types beside it: it only carries them");
    }
    access.tls = read_tls(options.tls, access.types);
    access.sasl = read_sasl(options.sasl, access.types);
    return access;
}

} // namespace covnc
