/*
 * What DPDK's own parts do on this machine, as a measure for Holdfast: the same chain as Holdfast's evaluation runs, without
 * replication, supervision or checks. Source and sink are one process, as in nfmgr; each stage is a process of its own.
 *
 *   reference --stages N --work mac|map --seconds S [--in-flight N] [--flows N] [-- EAL arguments]
 *
 * Prints one JSON object. All memory is shared by fork after rte_eal_init, so neither huge pages nor root are needed.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ether.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_udp.h>

#define BURST 32
#define MAX_STAGES 16
#define FRAME_BYTES 60 /* 64 on the wire */
#define STAMP_AT 42

struct settings {
	unsigned stages, in_flight, flows;
	double seconds;
	int map;
};

/* What a stage counts; on lines of its own, as in Holdfast's state blocks. */
struct counters {
	_Alignas(128) uint64_t packets;
	uint64_t missed;
};

struct key {
	uint32_t source, destination;
	uint16_t source_port, destination_port;
	uint32_t protocol;
};

struct flow {
	uint64_t packets, bytes, seen;
};

struct shared {
	atomic_int stop;
	struct counters counters[MAX_STAGES];
};

static struct shared *shared;
static struct rte_ring *rings[MAX_STAGES + 1];

static void fail(const char *what)
{
	fprintf(stderr, "reference: %s: %s\n", what, rte_strerror(rte_errno));
	exit(1);
}

static void swap_addresses(struct rte_mbuf *packet)
{
	struct rte_ether_hdr *ether = rte_pktmbuf_mtod(packet, struct rte_ether_hdr *);
	struct rte_ether_addr destination = ether->dst_addr;

	ether->dst_addr = ether->src_addr;
	ether->src_addr = destination;
}

/* Counts the packet in its flow's entry, as Holdfast's monitor does. */
static int count_flow(struct rte_hash *hash, struct flow *flows, struct rte_mbuf *packet)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(packet, struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(ip + 1);
	struct key key = {
		.source = ip->src_addr, .destination = ip->dst_addr, .source_port = udp->src_port,
		.destination_port = udp->dst_port, .protocol = ip->next_proto_id,
	};
	int at = rte_hash_lookup(hash, &key);

	if (at < 0)
		at = rte_hash_add_key(hash, &key);
	if (at < 0)
		return 0;
	flows[at].packets++;
	flows[at].bytes += packet->pkt_len;
	flows[at].seen = 1;
	return 1;
}

static void run_stage(const struct settings *settings, unsigned stage)
{
	struct rte_mbuf *burst[BURST];
	struct counters *counters = &shared->counters[stage];
	struct rte_hash *hash = NULL;
	struct flow *flows = NULL;

	if (settings->map) {
		char name[32];
		snprintf(name, sizeof(name), "flows%u", stage);
		struct rte_hash_parameters parameters = {
			.name = name, .entries = 1024, .key_len = sizeof(struct key), .hash_func = rte_hash_crc, .socket_id = SOCKET_ID_ANY,
		};
		hash = rte_hash_create(&parameters);
		flows = calloc(2048, sizeof(*flows));
		if (!hash || !flows)
			fail("rte_hash_create");
	}

	while (!atomic_load_explicit(&shared->stop, memory_order_relaxed)) {
		unsigned count = rte_ring_sc_dequeue_burst(rings[stage], (void **)burst, BURST, NULL);
		if (count == 0) {
			sched_yield();
			continue;
		}
		for (unsigned i = 0; i < count; i++) {
			if (!settings->map) {
				swap_addresses(burst[i]);
				counters->packets++;
			} else if (count_flow(hash, flows, burst[i])) {
				counters->packets++;
			} else {
				counters->missed++;
			}
		}
		/* As many as are in flight fit every ring. */
		if (rte_ring_sp_enqueue_bulk(rings[stage + 1], (void **)burst, count, NULL) == 0)
			fail("a ring is full that can't be");
	}
}

static void make_headers(uint8_t *headers, unsigned flows)
{
	for (unsigned flow = 0; flow < flows; flow++) {
		uint8_t *at = headers + flow * 64;
		struct rte_ether_hdr *ether = (struct rte_ether_hdr *)at;
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(ether + 1);
		struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);

		memset(at, 0, 64);
		ether->src_addr.addr_bytes[0] = ether->dst_addr.addr_bytes[0] = 2;
		ether->src_addr.addr_bytes[5] = 1;
		ether->dst_addr.addr_bytes[5] = 2;
		ether->ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
		ip->version_ihl = 0x45;
		ip->time_to_live = 64;
		ip->next_proto_id = 17;
		ip->total_length = rte_cpu_to_be_16(FRAME_BYTES - sizeof(*ether));
		ip->src_addr = rte_cpu_to_be_32(0x0AFB0001 + flow / 1024);
		ip->dst_addr = rte_cpu_to_be_32(0xC6120002);
		udp->src_port = rte_cpu_to_be_16((uint16_t)(40000 + flow % 1024));
		udp->dst_port = rte_cpu_to_be_16(7);
		udp->dgram_len = rte_cpu_to_be_16(FRAME_BYTES - sizeof(*ether) - sizeof(*ip));
	}
}

/* Source and sink: as many packets as may be in flight are kept there. */
static uint64_t run_ends(const struct settings *settings, struct rte_mempool *pool, double *elapsed)
{
	struct rte_mbuf *burst[BURST];
	uint8_t *headers = aligned_alloc(64, (size_t)settings->flows * 64);
	unsigned in_flight = 0, flow = 0;
	uint64_t begun = rte_rdtsc(), hz = rte_get_tsc_hz(), counted = 0, latency = 0;
	uint64_t warm = begun + hz / 2, end = warm + (uint64_t)(settings->seconds * hz), now = begun;

	if (!headers)
		fail("headers");
	make_headers(headers, settings->flows);
	while ((now = rte_rdtsc()) < end) {
		unsigned work = 0;
		unsigned out = rte_ring_sc_dequeue_burst(rings[settings->stages], (void **)burst, BURST, NULL);
		if (out > 0) {
			for (unsigned i = 0; i < out; i++) {
				uint64_t stamp;
				memcpy(&stamp, rte_pktmbuf_mtod_offset(burst[i], void *, STAMP_AT), sizeof(stamp));
				latency += now - stamp;
			}
			rte_mempool_put_bulk(pool, (void **)burst, out);
			in_flight -= out;
			if (now >= warm)
				counted += out;
			work = out;
		}
		if (in_flight + BURST <= settings->in_flight && rte_mempool_get_bulk(pool, (void **)burst, BURST) == 0) {
			for (unsigned i = 0; i < BURST; i++) {
				uint8_t *frame = rte_pktmbuf_mtod(burst[i], uint8_t *);
				burst[i]->data_len = FRAME_BYTES;
				burst[i]->pkt_len = FRAME_BYTES;
				memcpy(frame, headers + flow * 64, 64);
				memcpy(frame + STAMP_AT, &now, sizeof(now));
				if (++flow == settings->flows)
					flow = 0;
			}
			if (rte_ring_sp_enqueue_bulk(rings[0], (void **)burst, BURST, NULL) == 0)
				fail("a ring is full that can't be");
			in_flight += BURST;
			work += BURST;
		}
		if (work == 0)
			sched_yield();
	}
	*elapsed = (double)(now - warm) / hz;
	fprintf(stderr, "mean latency %.1f us\n", counted ? (double)latency / counted / hz * 1e6 : 0.0);
	free(headers);
	return counted;
}

static void pin(unsigned core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(core, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static unsigned count_cores(void)
{
	return (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
}

static struct settings parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "stages", required_argument, NULL, 's' }, { "seconds", required_argument, NULL, 't' },
		{ "in-flight", required_argument, NULL, 'i' }, { "flows", required_argument, NULL, 'f' },
		{ "work", required_argument, NULL, 'w' }, { NULL, 0, NULL, 0 },
	};
	struct settings settings = { .stages = 3, .in_flight = 1024, .flows = 64, .seconds = 3 };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 's': settings.stages = (unsigned)atoi(optarg); break;
		case 't': settings.seconds = atof(optarg); break;
		case 'i': settings.in_flight = (unsigned)atoi(optarg); break;
		case 'f': settings.flows = (unsigned)atoi(optarg); break;
		case 'w': settings.map = strcmp(optarg, "map") == 0; break;
		default:
			fprintf(stderr, "reference: --stages 1-16 --work mac|map --seconds S --in-flight 64-65536 --flows 1-1000\n");
			exit(2);
		}
	}
	if (settings.stages < 1 || settings.stages > MAX_STAGES || settings.in_flight < 64 || settings.in_flight > 65536
	    || settings.flows < 1 || settings.flows > 1000 || settings.seconds <= 0) {
		fprintf(stderr, "reference: --stages 1-16 --work mac|map --seconds S --in-flight 64-65536 --flows 1-1000\n");
		exit(2);
	}
	return settings;
}

int main(int argc, char **argv)
{
	struct settings settings = parse(argc, argv);
	char *eal[] = { "reference", "--no-huge", "-m", "256", "--no-pci", "--no-telemetry", "--log-level=4", "-l", "0", "--iova-mode=va", NULL };
	pid_t stages[MAX_STAGES];
	double elapsed;

	if (rte_eal_init((int)(sizeof(eal) / sizeof(*eal)) - 1, eal) < 0)
		fail("rte_eal_init");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct rte_mempool *pool = rte_pktmbuf_pool_create("packets", settings.in_flight * 2 - 1, 256, 0, 2048 + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	if (shared == MAP_FAILED || !pool)
		fail("memory");
	for (unsigned i = 0; i <= settings.stages; i++) {
		char name[32];
		snprintf(name, sizeof(name), "edge%u", i);
		rings[i] = rte_ring_create(name, rte_align32pow2(settings.in_flight * 2), SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
		if (!rings[i])
			fail("rte_ring_create");
	}

	for (unsigned i = 0; i < settings.stages; i++) {
		stages[i] = fork();
		if (stages[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pin(count_cores() - 1);
			run_stage(&settings, i);
			_exit(0);
		}
	}
	pin(0);
	uint64_t packets = run_ends(&settings, pool, &elapsed);
	uint64_t missed = 0, counted = 0;
	atomic_store(&shared->stop, 1);
	for (unsigned i = 0; i < settings.stages; i++) {
		waitpid(stages[i], NULL, 0);
		missed += shared->counters[i].missed;
		counted += shared->counters[i].packets;
	}
	printf("{ \"stages\": %u, \"work\": \"%s\", \"inFlight\": %u, \"packets\": %lu, \"seconds\": %.6f, \"mpps\": %.4f, \"counted\": %lu, \"missed\": %lu }\n",
	       settings.stages, settings.map ? "map" : "mac", settings.in_flight, packets, elapsed, packets / elapsed / 1e6, counted, missed);
	return 0;
}
