/* The photo's way over the GPU: to the network's input, and from its mask to
 * the cut-out. What src/image does on the CPU, as a list of dispatches that
 * lives beside the network's: the photo goes up once, the cut-out (and the
 * mask, for the receipt) comes down once.
 *
 * Such a list has a plan of stages in place of operators. Its input is the
 * photo, RGBA of 8 bits [height,width,4]; its outputs are the cut-out, of the
 * same form, and the network's mask. The network's input and output, and its
 * activations where they are large enough, are buffers of the network's list:
 * GPU_USAGE_SHARED. The first n_before dispatches come before those of the
 * network. The formulas are in docs/MODEL.md. */
#ifndef GPU_PHOTO_H
#define GPU_PHOTO_H

#include "gpu/gpu.h"

struct gpu_photo {
    int width, height;            /* of the photo */
    float scale[3], offset[3];    /* input of the network = value_0_1 * scale
                                     + offset, RGB */
    bool refine, colours, invert; /* struct cut_matte_options */
};

/* `network` has one input [1,3,h,w] and one output [1,1,h,w], f32. Everything
 * from `arena`. CUT_UNSUPPORTED when the photo goes over the device's
 * limits. */
enum cut_status gpu_photo_list(const struct gpu_photo *photo,
                               const struct gpu_list *network,
                               struct arena *arena, struct gpu_list *list,
                               struct cut_error *err);

#endif
