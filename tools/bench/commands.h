// The benchmarks of covnc-bench, one file each.
#pragma once

namespace covnc::bench {

// Each parses what follows its name, prints its figures and returns the exit status.
int run_coroutine(int argc, char** argv);
int run_encode(int argc, char** argv);
int run_fanout(int argc, char** argv);
int run_frames(int argc, char** argv);
int run_record(int argc, char** argv);
int run_scroll(int argc, char** argv);
int run_sound(int argc, char** argv);
int run_tls(int argc, char** argv);

} // namespace covnc::bench
