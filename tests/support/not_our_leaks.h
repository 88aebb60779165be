// Libraries that forget memory of their own: what is taken while one of these lives is no leak of
// ours. On the thread that made it.
#pragma once

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace covnc::test {

class NotOurLeaks
{
public:
#ifdef __SANITIZE_ADDRESS__
    NotOurLeaks() { __lsan_disable(); }
    ~NotOurLeaks() { __lsan_enable(); }
#else
    NotOurLeaks() {} // not defaulted: a variable of it is used
#endif
    NotOurLeaks(const NotOurLeaks&) = delete;
    NotOurLeaks& operator=(const NotOurLeaks&) = delete;
};

} // namespace covnc::test
