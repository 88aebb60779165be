#include "src/users/pam_users.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <security/pam_appl.h>
#include <stdexcept>

namespace covnc {

namespace {

char* copy_of(const std::string& text)
{
    return strdup(text.c_str()); // PAM frees it
}

// What PAM asks: only user name and password are ever told.
struct Answers
{
    const std::string& user;
    const std::string& password;
};

void wipe(std::string& text)
{
    explicit_bzero(text.data(), text.size());
}

void forget(pam_response* responses, int count)
{
    for (int i = 0; i < count; ++i) {
        char* const text = responses[i].resp;
        if (text != nullptr) {
            explicit_bzero(text, std::strlen(text));
            std::free(text);
        }
    }
    std::free(responses);
}

int converse(int count, const pam_message** messages, pam_response** responses, void* data)
{
    if (count <= 0 || count > PAM_MAX_NUM_MSG) {
        return PAM_CONV_ERR;
    }
    const auto& answers = *static_cast<const Answers*>(data);
    auto* const replies = static_cast<pam_response*>(
        std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    if (replies == nullptr) {
        return PAM_BUF_ERR;
    }
    for (int i = 0; i < count; ++i) {
        const int style = messages[i]->msg_style;
        if (style == PAM_PROMPT_ECHO_OFF) {
            replies[i].resp = copy_of(answers.password);
        } else if (style == PAM_PROMPT_ECHO_ON) {
            replies[i].resp = copy_of(answers.user);
        } else if (style != PAM_TEXT_INFO && style != PAM_ERROR_MSG) {
            forget(replies, count);
            return PAM_CONV_ERR;
        }
    }
    *responses = replies;
    return PAM_SUCCESS;
}

// Whoever fails waits anyway, without a worker that waits along.
void do_not_sleep(int, unsigned, void*) {}

class Transaction
{
public:
    Transaction(const std::string& folder, const std::string& service, Answers answers)
        : answers_(answers)
    {
        const int result = pam_start_confdir(service.c_str(),
                                             answers_.user.c_str(),
                                             &conversation_,
                                             folder.empty() ? nullptr : folder.c_str(),
                                             &handle_);
        if (result != PAM_SUCCESS) {
            throw std::runtime_error("PAM does not start for service " + service);
        }
        pam_set_item(handle_, PAM_FAIL_DELAY, reinterpret_cast<const void*>(&do_not_sleep));
    }
    ~Transaction() { pam_end(handle_, status_); }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void set_remote_host(const std::string& address)
    {
        if (!address.empty()) {
            pam_set_item(handle_, PAM_RHOST, address.c_str());
        }
    }
    int authenticate()
    {
        status_ = pam_authenticate(handle_, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
        return status_;
    }
    int check_account()
    {
        status_ = pam_acct_mgmt(handle_, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
        return status_;
    }
    // As the modules know it: some map names.
    std::string user() const
    {
        const void* name = nullptr;
        if (pam_get_item(handle_, PAM_USER, &name) != PAM_SUCCESS || name == nullptr) {
            return answers_.user;
        }
        return static_cast<const char*>(name);
    }
    std::string text(int result) const { return pam_strerror(handle_, result); }

private:
    Answers answers_;
    pam_conv conversation_{&converse, &answers_};
    pam_handle_t* handle_ = nullptr;
    int status_ = PAM_SUCCESS;
};

Login ask_for_account(Transaction& transaction)
{
    const int account = transaction.check_account();
    if (account != PAM_SUCCESS) {
        return Login::denied("PAM denies the account: " + transaction.text(account));
    }
    return Login(Access::kFull, transaction.user());
}

Login ask_pam(Transaction& transaction)
{
    const int proof = transaction.authenticate();
    if (proof != PAM_SUCCESS) {
        return Login::denied("PAM denies: " + transaction.text(proof));
    }
    return ask_for_account(transaction);
}

bool has_nul(std::string_view text)
{
    return text.find('\0') != std::string_view::npos;
}

} // namespace

PamUsers::PamUsers(const std::string& service) : service_(service)
{
    const std::size_t slash = service.rfind('/');
    if (slash != std::string::npos) {
        folder_ = slash == 0 ? "/" : service.substr(0, slash);
        service_ = service.substr(slash + 1);
    }
}

Login PamUsers::check(const Credentials& credentials) const
{
    // PAM reads to the first NUL: what follows would not count.
    if (credentials.user.empty() || has_nul(credentials.user) ||
        has_nul(credentials.password.text())) {
        return Login::denied("no user name, or a NUL byte in it or in the password");
    }
    std::string password(credentials.password.text());
    Login login;
    try {
        Transaction transaction(folder_, service_, Answers{credentials.user, password});
        transaction.set_remote_host(credentials.peer_address);
        login = ask_pam(transaction);
    } catch (...) {
        wipe(password);
        throw;
    }
    wipe(password);
    return login;
}

Login PamUsers::admit(const std::string& user, const std::string& peer_address) const
{
    if (user.empty() || has_nul(user)) {
        return Login::denied("no user name, or a NUL byte in it");
    }
    const std::string no_password;
    Transaction transaction(folder_, service_, Answers{user, no_password});
    transaction.set_remote_host(peer_address);
    return ask_for_account(transaction);
}

} // namespace covnc
