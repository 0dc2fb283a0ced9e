using Holdfast.Nfmgr.Configuration;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Configuration;

public sealed class FileTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("holdfast-config-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void A_file_is_loaded()
    {
        var file = Path.Combine(_directory, "a.json");
        File.WriteAllText(file, SampleFile.Text);
        var read = ConfigurationFile.Load(file);
        Assert.That(read.Chain.Left, Is.EqualTo(new WirePortSection(Path.Combine(_directory, "far.sock"))));
    }

    [Test]
    public void A_missing_file_is_named() =>
        Assert.That(() => ConfigurationFile.Load($"{_directory}/none.json"), Throws.TypeOf<ConfigurationException>()
            .With.Message.StartsWith($"{_directory}/none.json: can not be read").And.Message.EndsWith("--config"));

    [TestCase("")]
    [TestCase("a\0b")]
    public void A_name_that_is_none_is_refused(string name) =>
        Assert.That(() => ConfigurationFile.Load(name), Throws.TypeOf<ConfigurationException>());

    [Test]
    public void A_directory_is_no_file() =>
        Assert.That(() => ConfigurationFile.Load(_directory), Throws.TypeOf<ConfigurationException>());

    [Test]
    public void A_huge_or_endless_file_is_refused() =>
        Assert.That(() => ConfigurationFile.Load("/dev/zero"), Throws.TypeOf<ConfigurationException>()
            .With.Message.EqualTo("/dev/zero: is larger than 1048576 bytes; is it the right file?"));
}
