/* Everything that covnc_display.h declares, from a program in strict C99. */
#include "covnc_display.h"

int covnc_test_use_from_c99(const char *path);

int covnc_test_use_from_c99(const char *path)
{
    const uint32_t arrow[1] = {0xFFFFFFFF};
    covnc_display_event event;
    int worked;
    covnc_display *const display = covnc_display_open(path, "C99", COVNC_DISPLAY_RESIZABLE);
    if (display == NULL) {
        return 0;
    }
    worked = covnc_display_resize(display, 8, 4) == 0 && covnc_display_width(display) == 8 &&
             covnc_display_height(display) == 4 && covnc_display_stride(display) == 32 &&
             covnc_display_cursor(display, 1, 1, 0, 0, arrow) == 0 &&
             covnc_display_fd(display) >= 0 && covnc_display_is_taken(display);
    covnc_display_pixels(display)[0] = 0x00FF0000;
    covnc_display_damage(display, 0, 0, 1, 1);
    covnc_display_frame(display);
    covnc_display_leds(display, COVNC_DISPLAY_NUM_LOCK);
    covnc_display_pointer_mode(display, 0);
    while (covnc_display_next_event(display, &event)) {
        worked = worked && event.type != COVNC_DISPLAY_EVENT_KEY;
    }
    worked = worked && covnc_display_error(display)[0] != '\0'; /* nobody is there */
    covnc_display_close(display);
    covnc_display_close(NULL);
    return worked;
}
