// Users of SASL for tests: a data base of their own, and what a server does with it.
#pragma once

#include "rfb/security/sasl_server.h"
#include "tests/support/not_our_leaks.h"

#include <catch2/catch.hpp>

namespace covnc::test {

// In place of every file of this machine. database: where users are.
inline SaslOptions sasl_options(const std::string& database)
{
    SaslOptions options;
    options["sasldb_path"] = database;
    options["auxprop_plugin"] = "sasldb";
    options["pwcheck_method"] = "auxprop";
    return options;
}

inline int option_of(void* context, const char*, const char* name, const char** value, unsigned*)
{
    const auto& options = *static_cast<const SaslOptions*>(context);
    const auto found = options.find(name);
    if (found == options.end()) {
        return SASL_FAIL;
    }
    *value = found->second.c_str();
    return SASL_OK;
}

// As saslpasswd2 does it.
inline void
add_sasl_user(const std::string& database, const std::string& user, const std::string& password)
{
    const NotOurLeaks library;
    start_sasl_server({});
    SaslOptions options = sasl_options(database);
    const auto function = reinterpret_cast<void (*)()>(&option_of);
    const sasl_callback_t callbacks[] = {
        {SASL_CB_GETOPT, reinterpret_cast<int (*)()>(function), &options},
        {SASL_CB_LIST_END, nullptr, nullptr},
    };
    sasl_conn_t* handle = nullptr;
    REQUIRE(sasl_server_new("vnc", nullptr, nullptr, nullptr, nullptr, callbacks, 0, &handle) ==
            SASL_OK);
    const auto size = static_cast<unsigned>(password.size());
    const int result =
        sasl_setpass(handle, user.c_str(), password.c_str(), size, nullptr, 0, SASL_SET_CREATE);
    INFO(sasl_errdetail(handle));
    REQUIRE(result == SASL_OK);
    sasl_dispose(&handle);
}

} // namespace covnc::test
