#include "tools/passwd/passwd_options.h"

#include <CLI/CLI.hpp>

namespace covnc::passwd {

namespace {

constexpr const char* kFooter = R"(
  covnc-passwd FILE USER              adds a user, or gives one a new password; asks for it twice
  covnc-passwd FILE USER --view-only  of one who is there: changes only this
  covnc-passwd FILE USER --delete
  covnc-passwd FILE --list
  covnc-passwd FILE --vnc             a file for covncd --password-file, in clear; the second
                                      password may be empty

FILE is what covncd --users takes. It is replaced as a whole, with mode 0600; comments stay.)";

struct Given
{
    bool is_delete = false;
    bool is_list = false;
    bool is_vnc = false;
    bool is_view_only = false;
    bool is_full = false;
    std::string expires;
};

void add_options(CLI::App& app, PasswdOptions& options, Given& given)
{
    app.set_version_flag("--version", "covnc-passwd " COVNC_VERSION);
    app.footer(kFooter);
    app.add_option("FILE", options.file, "The file of users")->required();
    app.add_option("USER", options.user, "Whom to add or change");
    app.add_flag("--delete", given.is_delete, "Remove the user");
    app.add_flag("--list", given.is_list, "Show users, without their hashes");
    app.add_flag("--json", options.json, "With --list: as JSON");
    app.add_flag("--vnc", given.is_vnc, "Write a file of VNC passwords instead");
    app.add_flag("--view-only", given.is_view_only, "The user may only look");
    app.add_flag("--full", given.is_full, "The user may type and point as well");
    app.add_option("--expires", given.expires, "The last day, like 2027-01-31 (in UTC), or never")
        ->type_name("DATE");
    app.add_flag("--password", options.asks_password, "Ask for a password in any case");
    app.add_flag("--stdin", options.from_stdin, "Read the password from standard input, a line");
}

void read_action(PasswdOptions& options, const Given& given)
{
    if (int{given.is_delete} + int{given.is_list} + int{given.is_vnc} > 1) {
        throw UsageError("--delete, --list and --vnc exclude each other");
    }
    const bool needs_user = !given.is_list && !given.is_vnc;
    if (needs_user == options.user.empty()) {
        throw UsageError(needs_user ? "which USER?" : "--list and --vnc take no USER");
    }
    if (options.json && !given.is_list) {
        throw UsageError("--json goes with --list");
    }
    if (given.is_delete) {
        options.action = Action::kDelete;
    } else if (given.is_list) {
        options.action = Action::kList;
    } else if (given.is_vnc) {
        options.action = Action::kWriteVncFile;
    }
}

void read_changes(PasswdOptions& options, const Given& given)
{
    if (given.is_view_only && given.is_full) {
        throw UsageError("--view-only and --full exclude each other");
    }
    if (given.is_view_only || given.is_full) {
        options.access = given.is_view_only ? Access::kViewOnly : Access::kFull;
    }
    if (!given.expires.empty()) {
        try {
            options.expiry = given.expires == "never" ? Expiry() : Expiry::parse(given.expires);
        } catch (const std::invalid_argument& error) {
            throw UsageError(std::string("--expires: ") + error.what());
        }
    }
    if ((options.access || options.expiry) && options.action != Action::kSet) {
        throw UsageError("--view-only, --full and --expires change a user");
    }
}

} // namespace

std::optional<PasswdOptions> parse_passwd_options(int argc, const char* const* argv)
{
    PasswdOptions options;
    Given given;
    CLI::App app("Keeps the users of covncd.");
    add_options(app, options, given);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& request) {
        app.exit(request);
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        throw UsageError(error.what());
    }
    read_action(options, given);
    read_changes(options, given);
    return options;
}

} // namespace covnc::passwd
