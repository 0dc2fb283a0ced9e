using System.Buffers.Binary;
using System.Text;

namespace Holdfast.NfLib.Pcap;

/// <summary>
/// Makes the blocks of a pcapng file (draft-ietf-opsawg-pcapng) that holds Ethernet frames of one interface, with
/// nanoseconds and a comment per frame: a section header and an interface description, then an enhanced packet block per
/// frame. Little-endian. Classic pcap has no place for comments.
/// </summary>
public static class PcapngWriter
{
    /// <summary>Longest comment in bytes of UTF-8; what is longer is cut off.</summary>
    public const int MaxCommentBytes = 1024;

    private const uint SectionHeaderBlock = 0x0A0D0D0A, ByteOrderMagic = 0x1A2B3C4D, InterfaceBlock = 1, EnhancedPacketBlock = 6;
    private const ushort CommentOption = 1, TimeResolutionOption = 9, EthernetLinkType = 1;
    private const byte Nanoseconds = 9; // 10 to the power of -9
    private const int OptionHeaderBytes = 4, PacketHeaderBytes = 28, TrailerBytes = 4;

    /// <summary>What a file begins with.</summary>
    public static ReadOnlySpan<byte> Header => HeaderBytes;

    private static readonly byte[] HeaderBytes = MakeHeader();

    /// <summary>One frame with its comment, to be appended to a file as it is.</summary>
    /// <param name="timeNs">Nanoseconds since the Unix epoch.</param>
    /// <param name="frame">From the Ethernet header on, without frame check sequence; may be empty.</param>
    /// <param name="comment">What is to be known of it.</param>
    public static byte[] Packet(long timeNs, ReadOnlySpan<byte> frame, string comment)
    {
        var text = CutOff(Encoding.UTF8.GetBytes(comment));
        var options = OptionHeaderBytes + Padded(text.Length) + OptionHeaderBytes;
        var block = new byte[PacketHeaderBytes + Padded(frame.Length) + options + TrailerBytes];
        Put(block, 0, EnhancedPacketBlock);
        Put(block, 4, (uint)block.Length);
        Put(block, 12, (uint)(timeNs >> 32)); // interface 0 stands before it
        Put(block, 16, (uint)timeNs);
        Put(block, 20, (uint)frame.Length);
        Put(block, 24, (uint)frame.Length);
        frame.CopyTo(block.AsSpan(PacketHeaderBytes));
        var at = PacketHeaderBytes + Padded(frame.Length);
        PutOption(block, at, CommentOption, text); // and the end of options, which is all zeroes
        Put(block, block.Length - TrailerBytes, (uint)block.Length);
        return block;
    }

    /// <summary>Whether a file's bytes are what this class wrote, whole blocks to the end, so that more may be appended.</summary>
    /// <param name="file">Positioned anywhere; must be seekable.</param>
    public static bool MayAppendTo(Stream file)
    {
        Span<byte> header = stackalloc byte[HeaderBytes.Length];
        file.Position = 0;
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !header.SequenceEqual(HeaderBytes))
            return false;
        Span<byte> word = stackalloc byte[8];
        while (file.Position < file.Length)
        {
            // A block that a full disk or a power cut has cut off would make what follows unreadable.
            var start = file.Position;
            if (file.ReadAtLeast(word, word.Length, throwOnEndOfStream: false) < word.Length) return false;
            var length = BinaryPrimitives.ReadUInt32LittleEndian(word[4..]);
            if (length < PacketHeaderBytes || length % 4 != 0 || start + length > file.Length) return false;
            file.Position = start + length - TrailerBytes;
            if (file.ReadAtLeast(word[..4], 4, throwOnEndOfStream: false) < 4) return false;
            if (BinaryPrimitives.ReadUInt32LittleEndian(word) != length) return false;
        }

        return true;
    }

    private static byte[] MakeHeader()
    {
        const int section = 28, description = 32;
        var bytes = new byte[section + description];
        Put(bytes, 0, SectionHeaderBlock);
        Put(bytes, 4, section);
        Put(bytes, 8, ByteOrderMagic);
        Put(bytes, 12, 1); // version 1.0
        bytes.AsSpan(16, 8).Fill(0xFF); // the section's length is not known
        Put(bytes, section - TrailerBytes, section);
        Put(bytes, section, InterfaceBlock);
        Put(bytes, section + 4, description);
        Put(bytes, section + 8, EthernetLinkType); // no limit of frames' lengths
        PutOption(bytes, section + 16, TimeResolutionOption, [Nanoseconds]);
        Put(bytes, bytes.Length - TrailerBytes, description);
        return bytes;
    }

    private static void PutOption(byte[] block, int at, ushort code, ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(at), code);
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(at + 2), (ushort)value.Length);
        value.CopyTo(block.AsSpan(at + OptionHeaderBytes));
    }

    private static void Put(byte[] block, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(at), value);

    private static int Padded(int length) => (length + 3) & ~3;

    private static ReadOnlySpan<byte> CutOff(byte[] text)
    {
        if (text.Length <= MaxCommentBytes) return text;
        var end = MaxCommentBytes;
        while ((text[end] & 0xC0) == 0x80) end--; // not within a character
        return text.AsSpan(0, end);
    }
}
