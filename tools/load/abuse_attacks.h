// The attacks themselves. Each suspends for the server, ends by itself, and throws nothing but
// Cancelled for whatever the server does. abuse_catalogue.cpp says what each is.
#pragma once

#include "tools/load/abuse_attack.h"

namespace covnc::load {

// abuse_handshake.cpp
Task<> bad_versions(Attack& attack);
Task<> other_protocols(Attack& attack);
Task<> early_messages(Attack& attack);
Task<> skipped_login(Attack& attack);
Task<> unoffered_types(Attack& attack);
Task<> cut_handshakes(Attack& attack);
Task<> silence(Attack& attack);
Task<> one_byte_at_a_time(Attack& attack);

// abuse_security.cpp
Task<> wrong_passwords(Attack& attack);
Task<> tight_security(Attack& attack);
Task<> vencrypt(Attack& attack);
Task<> rsa_aes(Attack& attack);
Task<> sasl(Attack& attack);
Task<> abandoned_logins(Attack& attack);

// abuse_messages.cpp
Task<> pixel_formats(Attack& attack);
Task<> unknown_types(Attack& attack);
Task<> cut_texts(Attack& attack);
Task<> encoding_lists(Attack& attack);
Task<> odd_requests(Attack& attack);
Task<> format_changes(Attack& attack);
Task<> cut_updates(Attack& attack);
Task<> random_bytes(Attack& attack);

// abuse_extensions.cpp
Task<> unannounced(Attack& attack);
Task<> fences(Attack& attack);
Task<> fence_flood(Attack& attack);
Task<> desktop_sizes(Attack& attack);
Task<> resize_storm(Attack& attack);
Task<> qemu_messages(Attack& attack);
Task<> xvp(Attack& attack);
Task<> clipboard(Attack& attack);

// abuse_crowds.cpp
Task<> connect_storm(Attack& attack);
Task<> request_flood(Attack& attack);
Task<> whole_picture_flood(Attack& attack);
Task<> input_flood(Attack& attack);
Task<> slow_loris(Attack& attack);
Task<> never_reading(Attack& attack);
Task<> loris_and_stalled(Attack& attack);

} // namespace covnc::load
