namespace Holdfast.NfLib.Pcap;

/// <summary>A file is not a classic pcap file that Holdfast reads, or it is damaged.</summary>
public sealed class PcapFormatException : FormatException
{
    /// <param name="file">The file's name.</param>
    /// <param name="offset">Where in the file the fault lies, in bytes from its start.</param>
    /// <param name="fault">What is wrong there.</param>
    /// <param name="remedy">What to do about it.</param>
    public PcapFormatException(string file, long offset, string fault, string remedy)
        : base($"{file}: at byte {offset}: {fault}; {remedy}")
    {
        File = file;
        Offset = offset;
    }

    /// <summary>The file's name.</summary>
    public string File { get; }

    /// <summary>Where in the file the fault lies, in bytes from its start.</summary>
    public long Offset { get; }
}
