#include "tools/passwd/prompt.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <termios.h>
#include <unistd.h>

namespace covnc::passwd {

namespace {

constexpr std::size_t kLongest = 1024;

volatile std::sig_atomic_t signalled = 0;

void note_signal(int)
{
    signalled = 1;
}

// While it lives nothing that is typed is shown, and signals end reading instead of the program:
// the terminal must not stay like that.
class NoEcho
{
public:
    NoEcho()
    {
        struct sigaction action{};
        action.sa_handler = &note_signal; // without SA_RESTART
        sigaction(SIGINT, &action, &before_int_);
        sigaction(SIGTERM, &action, &before_term_);
        if (tcgetattr(STDIN_FILENO, &before_) == 0) {
            termios silent = before_;
            silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            silent.c_lflag |= ECHONL;
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        }
    }
    ~NoEcho()
    {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        sigaction(SIGINT, &before_int_, nullptr);
        sigaction(SIGTERM, &before_term_, nullptr);
    }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;

private:
    termios before_{};
    struct sigaction before_int_{};
    struct sigaction before_term_{};
};

Secret ask(const std::string& question)
{
    std::cerr << question << ": " << std::flush;
    const NoEcho silence;
    return read_line();
}

} // namespace

Secret read_line()
{
    Secret buffer(kLongest);
    std::size_t length = 0;
    for (;;) {
        char c = 0;
        const ssize_t count = read(STDIN_FILENO, &c, 1);
        if (count < 0 && errno == EINTR && signalled == 0) {
            continue;
        }
        if (count < 0 || (count == 0 && length == 0)) {
            throw PromptError(signalled != 0 ? "interrupted" : "no password came");
        }
        if (count == 0 || c == '\n') {
            break;
        }
        if (length == kLongest) {
            throw PromptError("a password of more than " + std::to_string(kLongest) + " bytes");
        }
        buffer.bytes()[length++] = static_cast<std::uint8_t>(c);
    }
    return Secret(buffer.text().substr(0, length));
}

Secret ask_twice(const std::string& question)
{
    if (isatty(STDIN_FILENO) == 0) {
        throw PromptError("standard input is no terminal; --stdin reads a password from there");
    }
    Secret first = ask(question);
    const Secret second = ask("Again");
    if (first.text() != second.text()) {
        throw PromptError("the two passwords differ");
    }
    return first;
}

} // namespace covnc::passwd
