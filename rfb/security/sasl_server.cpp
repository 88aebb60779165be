#include "rfb/security/sasl_server.h"

#include <algorithm>
#include <mutex>

namespace covnc {

namespace {

// Kerberos has to be set up on both sides: a viewer that has it, and hears of it, takes nothing
// else. The rest is obsolete (RFC 6331 for DIGEST-MD5), or no proof of anything.
bool is_offered_by_default(const std::string& name)
{
    return name == "PLAIN" || name.rfind("SCRAM-", 0) == 0;
}

// gtk-vnc and libvncclient take no longer list.
constexpr std::size_t kLongestList = 300;

void* new_mutex()
{
    return new (std::nothrow) std::mutex;
}

int lock(void* mutex)
{
    static_cast<std::mutex*>(mutex)->lock();
    return SASL_OK;
}

int unlock(void* mutex)
{
    static_cast<std::mutex*>(mutex)->unlock();
    return SASL_OK;
}

void delete_mutex(void* mutex)
{
    delete static_cast<std::mutex*>(mutex);
}

bool contains(const std::vector<std::string>& list, const std::string& name)
{
    return std::find(list.begin(), list.end(), name) != list.end();
}

} // namespace

void start_sasl_server(const std::string& folder)
{
    static std::once_flag once;
    std::call_once(once, [&folder] {
        sasl_set_mutex(&new_mutex, &lock, &unlock, &delete_mutex);
        if (!folder.empty()) {
            std::string path = folder;
            sasl_set_path(SASL_PATH_TYPE_CONFIG, path.data());
        }
        const int code = sasl_server_init(nullptr, "covnc");
        if (code != SASL_OK) {
            throw SaslError(std::string("SASL does not start: ") +
                            sasl_errstring(code, nullptr, nullptr));
        }
    });
}

SaslServer::SaslServer(std::vector<std::string> mechanisms, SaslOptions options)
    : wanted_(std::move(mechanisms)),
      options_(std::move(options))
{
    start_sasl_server({});
    inside_ = list(true);
    alone_ = list(false);
}

std::unique_ptr<SaslServerSession> SaslServer::open(bool is_confidential) const
{
    return std::make_unique<SaslServerSession>(options_, is_confidential);
}

std::vector<std::string> SaslServer::list(bool is_confidential) const
{
    std::vector<std::string> names;
    std::size_t length = 0;
    for (std::string& name : open(is_confidential)->mechanisms()) {
        const bool is_wanted =
            wanted_.empty() ? is_offered_by_default(name) : contains(wanted_, name);
        if (is_wanted && name.size() <= SASL_MECHNAMEMAX && length + name.size() < kLongestList) {
            length += name.size() + 1;
            names.push_back(std::move(name));
        }
    }
    return names;
}

} // namespace covnc
