// SPDX-License-Identifier: GPL-3.0-or-later
// ITaskService and ITaskFolder as far as they are used: a task is a file of XML in the folder "tasks". scheduler.py
// decides when it runs.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;

namespace MsxLab
{
    public sealed class Scheduler
    {
        readonly string directory;
        bool connected;
        public Scheduler(string directory) { this.directory = directory; }

        public void Connect()
        {
            if (new Settings(directory).Is("scheduler", "stopped")) throw Fault.Of(0x80041315);
            connected = true;
        }

        public TaskFolder GetFolder(string path)
        {
            if (!connected) throw Fault.Of(Fault.Unexpected);
            return path == "\\" ? new TaskFolder(directory) : throw Fault.Of(Fault.Missing);
        }
    }

    public sealed class RegisteredTask
    {
        public string Name, Xml;
        public bool Enabled;
    }

    public sealed class TaskFolder
    {
        static readonly XNamespace Space = "http://schemas.microsoft.com/windows/2004/02/mit/task";
        static readonly string[] Order = { "Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit" };
        readonly string directory;
        internal TaskFolder(string directory) { this.directory = directory; }

        string At(string name)
        {
            string folder = Path.Combine(directory, "tasks");
            Directory.CreateDirectory(folder);
            return Path.Combine(folder, name + ".xml");
        }

        // flags 6: create or update; logon type 5: a service account, which has no password
        public RegisteredTask RegisterTask(string path, string xml, int flags, object user, object password, int logon)
        {
            bool system = "SYSTEM".Equals(user) && password == null && logon == 5;
            if (flags != 6 || !system || path.Trim() != path) throw Fault.Of(Fault.Argument);
            Check(XDocument.Parse(xml));
            bool off = new Settings(directory).Is("scheduler", "disabling");
            File.WriteAllText(At(path) + ".new", off ? xml + "<!-- disabled -->" : xml);
            File.Move(At(path) + ".new", At(path), true);
            Life.Wrote(directory);
            return GetTask(path);
        }

        public RegisteredTask GetTask(string path)
        {
            if (!File.Exists(At(path))) throw Fault.Of(Fault.Missing);
            string xml = File.ReadAllText(At(path));
            return new RegisteredTask { Name = path, Xml = xml, Enabled = !xml.EndsWith("<!-- disabled -->") };
        }

        public void DeleteTask(string name, int flags)
        {
            if (!File.Exists(At(name))) throw Fault.Of(Fault.Missing);
            File.Delete(At(name));
            Life.Wrote(directory);
        }

        // [MS-TSCH] 2.5.3.1: the order within a trigger, and the shortest repetition; 0x80041319: how a task without
        // an end is refused that shall be deleted at its end
        static void Check(XDocument task)
        {
            XElement root = task.Root;
            var triggers = root.Element(Space + "Triggers").Elements().ToList();
            foreach (XElement trigger in triggers)
            {
                var places = trigger.Elements().Select(e => Array.IndexOf(Order, e.Name.LocalName)).ToList();
                bool sorted = places.SequenceEqual(places.OrderBy(p => p)) && !places.Contains(-1);
                var interval = trigger.Descendants(Space + "Interval").Select(e => (TimeSpan)XmlSpan(e.Value)).ToList();
                bool start = trigger.Name.LocalName != "TimeTrigger" || trigger.Element(Space + "StartBoundary") != null;
                if (!sorted || !start || interval.Any(i => i < TimeSpan.FromMinutes(1))) throw Fault.Of(0x80041319);
            }
            bool ends = triggers.Any(t => t.Element(Space + "EndBoundary") != null);
            bool deletes = root.Descendants(Space + "DeleteExpiredTaskAfter").Any();
            string user = root.Descendants(Space + "UserId").Single().Value;
            if (deletes && !ends || user != "S-1-5-18") throw Fault.Of(0x80041319);
        }

        static TimeSpan XmlSpan(string text) { return System.Xml.XmlConvert.ToTimeSpan(text); }
    }
}
