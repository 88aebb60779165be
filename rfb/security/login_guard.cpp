#include "rfb/security/login_guard.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <iterator>
#include <netinet/in.h>
#include <utility>

namespace covnc {

namespace {

constexpr std::size_t kNetworkBytes = 8; // of an IPv6 address

// "[2001:db8::1]" and its neighbours have one key; other texts are their own.
std::string key_of(const std::string& address)
{
    std::string text = address;
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
    }
    in6_addr parsed{};
    if (inet_pton(AF_INET6, text.c_str(), &parsed) != 1) {
        return text;
    }
    const auto* const bytes = reinterpret_cast<const char*>(parsed.s6_addr);
    if (IN6_IS_ADDR_V4MAPPED(&parsed)) {
        std::array<char, INET_ADDRSTRLEN> v4{};
        inet_ntop(AF_INET, bytes + sizeof parsed - sizeof(in_addr), v4.data(), v4.size());
        return v4.data();
    }
    return {bytes, kNetworkBytes};
}

} // namespace

// Null where it has not failed, or all is forgiven.
LoginGuard::Entry* LoginGuard::find(const std::string& address, TimePoint now)
{
    if (address.empty()) {
        return nullptr;
    }
    const auto found = by_key_.find(key_of(address));
    if (found == by_key_.end()) {
        return nullptr;
    }
    Entry& entry = *found->second;
    while (entry.failures > 0 && now - entry.forgiven_at >= limits_.forgives_every) {
        --entry.failures;
        entry.forgiven_at += limits_.forgives_every;
    }
    if (entry.failures == 0 && entry.waits_until <= now) {
        entries_.erase(found->second);
        by_key_.erase(found);
        return nullptr;
    }
    return &entry;
}

Duration LoginGuard::wait_for(const std::string& address, TimePoint now)
{
    const Entry* const entry = find(address, now);
    return entry == nullptr ? Duration() : std::max(Duration(), entry->waits_until - now);
}

void LoginGuard::failed(const std::string& address, TimePoint now)
{
    if (address.empty() || limits_.free_failures == 0) {
        return;
    }
    Entry* entry = find(address, now);
    if (entry == nullptr) {
        if (entries_.size() >= limits_.addresses) {
            by_key_.erase(entries_.front().key);
            entries_.pop_front();
        }
        Entry fresh;
        fresh.key = key_of(address);
        fresh.forgiven_at = now;
        entries_.push_back(fresh);
        by_key_[fresh.key] = std::prev(entries_.end());
        entry = &entries_.back();
    }
    if (entry->waits_until > now) {
        return;
    }
    entries_.splice(entries_.end(), entries_, by_key_.at(entry->key));
    ++entry->failures;
    if (entry->failures >= limits_.free_failures) {
        Duration wait = limits_.first_wait;
        for (std::size_t i = limits_.free_failures; i < entry->failures; ++i) {
            wait = std::min(2 * wait, limits_.longest_wait);
        }
        entry->waits_until = now + wait;
    }
}

std::optional<std::uint64_t> LoginGuard::count_refusal(const std::string& address, TimePoint now)
{
    Entry* const entry = find(address, now);
    if (entry == nullptr) {
        return 1;
    }
    ++entry->refused;
    if (entry->told_at && now - *entry->told_at < limits_.tells_every) {
        return std::nullopt;
    }
    entry->told_at = now;
    return std::exchange(entry->refused, 0);
}

} // namespace covnc
