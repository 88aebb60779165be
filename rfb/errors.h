// What the protocol code throws. Each text is complete enough to be the reason in one log line; it
// may hold numbers a peer sent, never its texts or secrets. Values; any thread.
#pragma once

#include <stdexcept>

namespace covnc {

// The peer broke the protocol: nothing it sends from here on can be understood, so it is closed.
class ProtocolError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

// The peer spoke correctly but did not prove who it is. Counted for rate limits, unlike its base.
class AuthenticationError : public ProtocolError
{
public:
    using ProtocolError::ProtocolError;
};

// The peer, or others from its address, have failed to log in too often: it has to wait.
class LoginsBlocked : public ProtocolError
{
public:
    using ProtocolError::ProtocolError;
};

// We do not want this peer, whatever it says: too many connections, or an address without access.
class ConnectionRefused : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

} // namespace covnc
