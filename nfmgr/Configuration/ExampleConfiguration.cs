namespace Holdfast.Nfmgr.Configuration;

/// <summary>The file that <c>nfmgr init --example</c> writes: every key, with what it means.</summary>
public static class ExampleConfiguration
{
    /// <summary>A valid configuration; what is not marked as required stands there with its default.</summary>
    public const string Text =
        """
        // Holdfast node configuration: JSON with comments and trailing commas. Relative paths count from this file.
        // Both nodes of a chain need the same "chain" (ports and paths apart) and the same "initialPrimary";
        // "node" and "peer" are swapped.
        {
          "node": {
            "name": "a",                                 // required; 1 to 24 characters of a-z, 0-9 and -
            "stateDirectory": "/var/lib/holdfast",       // survives restarts: terms and incarnations
            "runtimeDirectory": "/run/holdfast",         // sockets
          },
          "listen": "0.0.0.0:7400",                      // required; where this node takes its peer
          "peer": { "name": "b", "address": "192.0.2.2:7400" },  // required; IPv4:port, [IPv6]:port or host:port
          "initialPrimary": "a",                         // required; who rules a chain that never ran before
          "chain": {
            "name": "edge",                              // required
            "seed": 0,                                   // of the NFs' random sources
            "functions": [                               // required; up to 16, from left to right
              // program: the name of a shipped NF, or a path with a / to an executable; settings: the NF's own;
              // core: that it runs on, where you don't leave that to the kernel.
              { "name": "monitor", "program": "monitor", "settings": {} },
              { "name": "nat", "program": "nat", "settings": { "outside": "198.51.100.1" } },
            ],
            // A port is "interface" (of this machine, without addresses; "mode" is "auto" or "packet"), "dpdk" ("device" as
            // `nfmgr devices` lists them, "queues" 1, "descriptors" 512, "vlan" for the frames of one), "wire" (shared
            // memory to a program on this machine, which makes the "socket"), "pcap" (files: "read", "write" or both;
            // "pace" is "fast" or "recorded") or "generator" (makes and takes packets in memory, to measure a chain:
            // "rate" a second, "frameBytes" or 0 for a mix, "flows"; see `nfmgr load`). Both ports are required.
            "left": { "type": "interface", "interface": "eth1", "mode": "auto" },
            "right": { "type": "interface", "interface": "eth2", "mode": "auto" },
            "packetBuffers": 8192,                       // 1024 to 1048576, at least four times packetsInChain
            "packetsInChain": 2048,                      // per direction, 32 to 4096
            "batchCommit": true,                         // an NF's next process completes what a dying one left, and goes on
            "twins": true,                               // and is warm before that
            "hangTimeout": 100,                          // milliseconds that an NF may take for a batch
            "onFunctionFailure": "fail-closed",          // when an NF keeps dying: stop the chain, fail-open (pass the NF
                                                         // by) or takeover (end this life; the peer may try)
            "deathsPerMinute": 20,                       // of one NF, until that is so
            "quarantinePerMinute": 10,                   // packets that killed an NF, kept for you to look at
            "quarantineBytes": 16777216,                 // of them on disk, for each NF
          },
          "replication": {
            "detect": 50,                                // milliseconds of silence until the peer counts as failed
            "minSpacing": 20,                            // microseconds between two checkpoints, at least
            "maxInterval": 1000,                         // microseconds until a checkpoint is closed, at most
            "onSilence": "standby-wins",                 // the standby takes over; a primary alone waits. Or
                                                         // prefer-availability (it goes on too, and two may rule), or
                                                         // arbiter (both ask it; "arbiter": "address:port")
            "onStateLoss": "resume",                     // with older state or none; or wait, for you
            "joinLines": 128,                            // that a checkpoint brings a joining standby, of each NF
          },
          "waiting": "auto",                             // auto, poll (a core each), yield or sleep
          // "rootCore": 0,                              // the core that packets come in and leave on
          // "dpdk": { "arguments": ["-d", "x.so"] },     // what else DPDK is told, where a port is of that type
          "hugePages": "auto",                           // auto (when enough are reserved) or never
        }

        """;
}
