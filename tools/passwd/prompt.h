// Asks for passwords.
#pragma once

#include "rfb/security/secret.h"

#include <stdexcept>
#include <string>

namespace covnc::passwd {

// No password came; the text says why.
class PromptError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

// Twice from the terminal, without echo. What is typed may be empty. Throws PromptError: no
// terminal, two different ones, a signal, the end of input.
Secret ask_twice(const std::string& question);

// A line of standard input. Throws PromptError at its end, and for more than 1024 bytes.
Secret read_line();

} // namespace covnc::passwd
